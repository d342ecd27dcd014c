/** TensorBoard's event files as bytes: records of TFRecord that hold Event messages of protobuf; scalars alone. */

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), a byte at a time. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/**
 * The CRC-32C of bytes.
 *
 * @example
 * crc32c(new TextEncoder().encode("123456789")); // → 0xe3069283
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * TFRecord's mask: a checksum of bytes that hold checksums themselves would be a weak one.
 *
 * @example
 * maskedCrc32c(new Uint8Array([])); // → 0xa282ead8
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * A record: the length in 8 bytes, its checksum, the bytes, their checksum.
 *
 * @example
 * tfRecord(new Uint8Array([1, 2, 3])).length; // → 19
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  const checksum = (bytes: Uint8Array): Uint8Array => {
    const sum = new Uint8Array(4);
    new DataView(sum.buffer).setUint32(0, maskedCrc32c(bytes), true);
    return sum;
  };
  return concatenate([length, checksum(length), data, checksum(data)]);
}

/** How protobuf writes a field, by the type of its value. */
const wireTypes = { varint: 0, double: 1, bytes: 2, float: 5 } as const;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function field(number: number, type: keyof typeof wireTypes, value: Uint8Array): Uint8Array {
  const tag = varint((number << 3) | wireTypes[type]);
  return concatenate(type === "bytes" ? [tag, varint(value.length), value] : [tag, value]);
}

function floating(value: number, bytes: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 8) view.setFloat64(0, value, true);
  else view.setFloat32(0, value, true);
  return new Uint8Array(view.buffer);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/**
 * The first record of every file. `wallTime` is in seconds since 1970.
 *
 * @example
 * fileVersionEvent(0).length; // → 40
 */
export function fileVersionEvent(wallTime: number): Uint8Array {
  return tfRecord(
    concatenate([field(1, "double", floating(wallTime, 8)), field(3, "bytes", text("brain.Event:2"))]),
  );
}

/**
 * Says that a run (anew) begins at a step, so that what was written of later steps is not shown.
 *
 * @example
 * sessionStartEvent(1.5, 10).length > 16; // → true
 */
export function sessionStartEvent(wallTime: number, step: number): Uint8Array {
  const session = field(1, "varint", varint(1)); // SessionLog.START
  return tfRecord(
    concatenate([
      field(1, "double", floating(wallTime, 8)),
      field(2, "varint", varint(step)),
      field(7, "bytes", session),
    ]),
  );
}

/**
 * The scalars of a step, each under its tag, such as `train/loss`.
 *
 * @example
 * scalarsEvent(1.5, 10, { "train/loss": 2.25 }).length > 30; // → true
 */
export function scalarsEvent(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    field(1, "bytes", concatenate([field(1, "bytes", text(tag)), field(2, "float", floating(value, 4))])),
  );
  return tfRecord(
    concatenate([
      field(1, "double", floating(wallTime, 8)),
      field(2, "varint", varint(step)),
      field(5, "bytes", concatenate(values)),
    ]),
  );
}

/** Reads the header of a GGUF file (version 2 or 3, little-endian), every count checked against the bytes that are there. */
import {
  alignUp,
  ggufAlignment,
  ggufByteLength,
  ggufScalarBytes,
  ggufTensorTypes,
  ggufValueTypes,
  invalidGguf,
  longestGgufName,
  mostGgufExtents,
  type GgufArray,
  type GgufHeader,
  type GgufScalar,
  type GgufTensorEntry,
  type GgufTensorType,
  type GgufValue,
} from "./gguf-types.ts";

type ValueType = keyof typeof ggufValueTypes;

/** The fewest bytes that a value of a type takes: what bounds the length of an array before it is made. */
const leastBytes: Record<ValueType, number> = { ...ggufScalarBytes, string: 8, array: 12 };

const valueTypeNames = new Map(
  Object.entries(ggufValueTypes).map(([name, id]) => [id as number, name as ValueType]),
);
const tensorTypeNames = new Map(
  Object.entries(ggufTensorTypes).map(([name, { id }]) => [id as number, name as GgufTensorType]),
);

/** Reads forward through bytes and never past their end. */
class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.byteLength - this.at;
  }

  #take(bytes: number, what: string): number {
    if (bytes > this.left) {
      throw invalidGguf(`${what} needs ${bytes} bytes at byte ${this.at}, and ${this.left} are left`);
    }
    const start = this.at;
    this.at += bytes;
    return start;
  }

  uint32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true);
  }

  /** A 64-bit count or offset, refused above `limit`. */
  size(what: string, limit: number): number {
    const value = this.#view.getBigUint64(this.#take(8, what), true);
    if (value > BigInt(limit))
      throw invalidGguf(`${what} is ${value.toString()}, and at most ${limit} can be`);
    return Number(value);
  }

  string(what: string): string {
    const length = this.size(`the length of ${what}`, Math.max(0, this.left - 8));
    const start = this.#take(length, what);
    try {
      return this.#utf8.decode(this.#bytes.subarray(start, start + length));
    } catch (cause) {
      throw invalidGguf(`${what} at byte ${start} is not UTF-8`, { cause });
    }
  }

  valueType(what: string): ValueType {
    const id = this.uint32(`the type of ${what}`);
    const type = valueTypeNames.get(id);
    if (type === undefined) throw invalidGguf(`${what} has the type ${id}; 0 to 12 are known`);
    return type;
  }

  scalar(type: Exclude<ValueType, "array">, what: string): GgufScalar {
    if (type === "string") return { type, value: this.string(what) };
    const start = this.#take(leastBytes[type], what);
    const view = this.#view;
    switch (type) {
      case "uint8":
        return { type, value: view.getUint8(start) };
      case "int8":
        return { type, value: view.getInt8(start) };
      case "uint16":
        return { type, value: view.getUint16(start, true) };
      case "int16":
        return { type, value: view.getInt16(start, true) };
      case "uint32":
        return { type, value: view.getUint32(start, true) };
      case "int32":
        return { type, value: view.getInt32(start, true) };
      case "float32":
        return { type, value: view.getFloat32(start, true) };
      case "float64":
        return { type, value: view.getFloat64(start, true) };
      case "uint64":
        return { type, value: view.getBigUint64(start, true) };
      case "int64":
        return { type, value: view.getBigInt64(start, true) };
      case "bool": {
        const byte = view.getUint8(start);
        if (byte > 1) throw invalidGguf(`${what} is the truth value ${byte}; 0 and 1 are allowed`);
        return { type, value: byte === 1 };
      }
    }
  }

  value(what: string): GgufValue {
    const type = this.valueType(what);
    if (type !== "array") return this.scalar(type, what);
    const itemType = this.valueType(`the items of ${what}`);
    if (itemType === "array") throw invalidGguf(`${what} is an array of arrays, which no program reads`);
    const count = this.size(
      `the length of ${what}`,
      Math.floor(Math.max(0, this.left - 8) / leastBytes[itemType]),
    );
    const value: unknown[] = [];
    for (let item = 0; item < count; item++) value.push(this.scalar(itemType, what).value);
    // Each item came from scalar(itemType), whose value has that type.
    return { type, itemType, value } as GgufArray;
  }
}

function readTensorInfo(cursor: Cursor, fileBytes: number): GgufTensorEntry {
  const name = cursor.string("a tensor's name");
  if (new TextEncoder().encode(name).byteLength > longestGgufName) {
    throw invalidGguf(`the tensor name "${name.slice(0, 80)}" is longer than ${longestGgufName} bytes`);
  }
  const extents = cursor.uint32(`the number of extents of tensor "${name}"`);
  if (extents < 1 || extents > mostGgufExtents) {
    throw invalidGguf(`tensor "${name}" has ${extents} extents; 1 to ${mostGgufExtents} are allowed`);
  }
  // The file has the extent of neighbours in memory first.
  const shape = Array.from({ length: extents }, () =>
    cursor.size(`an extent of tensor "${name}"`, Number.MAX_SAFE_INTEGER),
  ).reverse();
  const id = cursor.uint32(`the type of tensor "${name}"`);
  const type = tensorTypeNames.get(id);
  if (type === undefined) {
    throw invalidGguf(
      `tensor "${name}" has the type ${id}; known are ${Object.keys(ggufTensorTypes).join(", ")}`,
    );
  }
  const offset = cursor.size(`the offset of tensor "${name}"`, fileBytes);
  return { name, type, shape, offset, byteLength: ggufByteLength({ name, type, shape }) };
}

function checkPlaces(tensors: Iterable<GgufTensorEntry>, alignment: number, dataBytes: number): void {
  let end = 0;
  for (const { name, offset, byteLength } of [...tensors].sort((a, b) => a.offset - b.offset)) {
    if (offset % alignment !== 0) {
      throw invalidGguf(`tensor "${name}" starts at byte ${offset}, which is no multiple of ${alignment}`);
    }
    if (offset < end) throw invalidGguf(`tensor "${name}" overlaps the one before it`);
    end = offset + byteLength;
    if (end > dataBytes) {
      throw invalidGguf(
        `tensor "${name}" ends at byte ${end} of the data, and there are ${Math.max(0, dataBytes)}`,
      );
    }
  }
}

/**
 * Parses and checks a GGUF file's header: metadata, and where each tensor lies.
 *
 * @param bytes the file, or as much of its beginning as holds the header
 * @param fileBytes the size of the whole file
 * @throws ResidencyError E_GGUF when a length, type, offset or name is not allowed or goes past the end.
 * @example
 * const bytes = encodeGguf(new Map([["general.name", { type: "string", value: "tiny" } as const]]), []);
 * parseGguf(bytes, bytes.length).metadata.get("general.name"); // → { type: "string", value: "tiny" }
 */
export function parseGguf(bytes: Uint8Array, fileBytes: number = bytes.byteLength): GgufHeader {
  const cursor = new Cursor(bytes);
  if (cursor.uint32("the magic") !== 0x46554747)
    throw invalidGguf('it does not start with the letters "GGUF"');
  const version = cursor.uint32("the version");
  if (version !== 3 && version !== 2) {
    const bigEndian = (version & 0xffff) === 0;
    throw invalidGguf(bigEndian ? "it is big-endian" : `its version is ${version}; 2 and 3 can be read`);
  }
  // A tensor's entry takes at least 32 bytes, a key and a value 13.
  const tensorCount = cursor.size("the number of tensors", Math.floor(cursor.left / 32));
  const keyCount = cursor.size("the number of metadata entries", Math.floor(cursor.left / 13));
  const metadata = new Map<string, GgufValue>();
  for (let entry = 0; entry < keyCount; entry++) {
    const key = cursor.string("a metadata key");
    if (metadata.has(key)) throw invalidGguf(`the metadata key "${key}" is there twice`);
    metadata.set(key, cursor.value(`"${key}"`));
  }
  const alignment = ggufAlignment(metadata);
  const tensors = new Map<string, GgufTensorEntry>();
  for (let entry = 0; entry < tensorCount; entry++) {
    const tensor = readTensorInfo(cursor, fileBytes);
    if (tensors.has(tensor.name)) throw invalidGguf(`tensor "${tensor.name}" is there twice`);
    tensors.set(tensor.name, tensor);
  }
  const dataStart = alignUp(cursor.at, alignment);
  checkPlaces(tensors.values(), alignment, fileBytes - dataStart);
  return { version, metadata, tensors, alignment, dataStart };
}

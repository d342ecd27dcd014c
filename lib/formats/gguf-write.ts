/** Writes the header of a GGUF file, version 3, little-endian; the tensors' bytes follow it one after the other. */
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
  type GgufMetadata,
  type GgufScalar,
  type GgufTensorEntry,
  type GgufTensorInfo,
  type GgufValue,
} from "./gguf-types.ts";

/** Lowest and highest value of each whole-number type. */
const ranges: Partial<Record<GgufScalar["type"], readonly [number | bigint, number | bigint]>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffffffff],
  int32: [-0x80000000, 0x7fffffff],
  uint64: [0n, 2n ** 64n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Bytes that grow as they are written. */
class Writer {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #reserve(bytes: number): number {
    const start = this.length;
    this.length += bytes;
    if (this.length > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.#bytes.byteLength));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }

  uint32(value: number): void {
    const start = this.#reserve(4);
    this.#view.setUint32(start, value, true);
  }

  uint64(value: bigint): void {
    const start = this.#reserve(8);
    this.#view.setBigUint64(start, value, true);
  }

  string(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.uint64(BigInt(encoded.byteLength));
    const start = this.#reserve(encoded.byteLength);
    this.#bytes.set(encoded, start);
  }

  scalar(scalar: GgufScalar, key: string): void {
    if (scalar.type === "string") {
      this.string(scalar.value);
      return;
    }
    const { type, value } = scalar;
    const range = ranges[type];
    if (range && typeof value !== "boolean") {
      const whole = typeof value === "bigint" || Number.isInteger(value);
      if (!whole || value < range[0] || value > range[1]) {
        throw invalidGguf(`"${key}" is ${String(value)}, which ${type} does not hold`);
      }
    }
    const start = this.#reserve(ggufScalarBytes[type]);
    const view = this.#view;
    switch (type) {
      case "uint8":
        view.setUint8(start, value);
        break;
      case "int8":
        view.setInt8(start, value);
        break;
      case "uint16":
        view.setUint16(start, value, true);
        break;
      case "int16":
        view.setInt16(start, value, true);
        break;
      case "uint32":
        view.setUint32(start, value, true);
        break;
      case "int32":
        view.setInt32(start, value, true);
        break;
      case "float32":
        view.setFloat32(start, value, true);
        break;
      case "float64":
        view.setFloat64(start, value, true);
        break;
      case "uint64":
        view.setBigUint64(start, value, true);
        break;
      case "int64":
        view.setBigInt64(start, value, true);
        break;
      case "bool":
        view.setUint8(start, value ? 1 : 0);
        break;
    }
  }

  value(entry: GgufValue, key: string): void {
    this.uint32(ggufValueTypes[entry.type]);
    if (entry.type !== "array") {
      this.scalar(entry, key);
      return;
    }
    const { itemType, value } = entry;
    this.uint32(ggufValueTypes[itemType]);
    this.uint64(BigInt(value.length));
    // GgufArray pairs each item type with its own items.
    for (const item of value) this.scalar({ type: itemType, value: item } as GgufScalar, key);
  }

  finish(alignment: number): Uint8Array {
    this.#reserve(alignUp(this.length, alignment) - this.length);
    return this.#bytes.slice(0, this.length);
  }
}

/** A written header, and the places that it promises for the tensors' bytes. */
export interface EncodedGgufHeader {
  /** Padded with zeros to the alignment: the data section follows. */
  bytes: Uint8Array;
  tensors: GgufTensorEntry[];
  /** The size of the data section, padded after its last tensor. */
  dataBytes: number;
  alignment: number;
}

/**
 * Writes the header for tensors that will follow in the order given, each padded to the alignment.
 *
 * @throws ResidencyError E_GGUF when a name, a shape or a value is not allowed.
 * @example
 * const info = { name: "output_norm.weight", type: "F32", shape: [4] } as const;
 * encodeGgufHeader(new Map(), [info]).dataBytes; // → 32
 */
export function encodeGgufHeader(
  metadata: GgufMetadata,
  infos: readonly GgufTensorInfo[],
): EncodedGgufHeader {
  const alignment = ggufAlignment(metadata);
  const writer = new Writer();
  writer.uint32(0x46554747);
  writer.uint32(3);
  writer.uint64(BigInt(infos.length));
  writer.uint64(BigInt(metadata.size));
  for (const [key, value] of metadata) {
    writer.string(key);
    writer.value(value, key);
  }
  const tensors: GgufTensorEntry[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const info of infos) {
    const { name, type, shape } = info;
    if (names.has(name) || new TextEncoder().encode(name).byteLength > longestGgufName) {
      throw invalidGguf(`the tensor name "${name}" is taken or longer than ${longestGgufName} bytes`);
    }
    names.add(name);
    if (shape.length < 1 || shape.length > mostGgufExtents) {
      throw invalidGguf(`tensor "${name}" has ${shape.length} extents; 1 to ${mostGgufExtents} are allowed`);
    }
    const byteLength = ggufByteLength(info);
    writer.string(name);
    writer.uint32(shape.length);
    for (const extent of [...shape].reverse()) writer.uint64(BigInt(extent));
    writer.uint32(ggufTensorTypes[type].id);
    writer.uint64(BigInt(offset));
    tensors.push({ name, type, shape, offset, byteLength });
    offset = alignUp(offset + byteLength, alignment);
  }
  return { bytes: writer.finish(alignment), tensors, dataBytes: offset, alignment };
}

/**
 * A whole file in memory, for small models; the export of large ones writes the header and tensor after tensor.
 *
 * @throws ResidencyError E_GGUF when a tensor's bytes are not as many as its shape and type need.
 * @example
 * const metadata = new Map([["general.architecture", { type: "string", value: "llama" } as const]]);
 * const bytes = encodeGgufTensor(new Float32Array([1, 2, 3, 4]), "F32");
 * const file = encodeGguf(metadata, [{ name: "output_norm.weight", type: "F32", shape: [4], bytes }]);
 */
export function encodeGguf(
  metadata: GgufMetadata,
  tensors: readonly (GgufTensorInfo & { bytes: Uint8Array })[],
): Uint8Array {
  const header = encodeGgufHeader(metadata, tensors);
  const file = new Uint8Array(header.bytes.byteLength + header.dataBytes);
  file.set(header.bytes);
  for (const [index, { name, offset, byteLength }] of header.tensors.entries()) {
    const { bytes } = tensors[index]!;
    if (bytes.byteLength !== byteLength) {
      throw invalidGguf(
        `tensor "${name}" has ${bytes.byteLength} bytes, and its shape and type need ${byteLength}`,
      );
    }
    file.set(bytes, header.bytes.byteLength + offset);
  }
  return file;
}

/** The safetensors byte format: a checked header, then the tensors' bytes; no tensors of a backend and no files. */
import { ResidencyError } from "../errors.ts";
import { float16ToFloat32, bfloat16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

/** Bytes an element of each element type that the format names and this library reads. */
export const bytesPerElement = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, I8: 1, BOOL: 1 } as const;

/** An element type of a stored tensor. */
export type StoredType = keyof typeof bytesPerElement;

/** Where one tensor lies: offsets are bytes from the start of the data section. */
export interface TensorEntry {
  dtype: StoredType;
  shape: number[];
  begin: number;
  end: number;
}

/** A parsed header; `dataStart` is the file offset of the data section. */
export interface SafetensorsHeader {
  tensors: Map<string, TensorEntry>;
  metadata: Record<string, string>;
  dataStart: number;
}

/** No header of a real checkpoint comes near this; the reference implementation has the same limit. */
const largestHeader = 100_000_000;

function invalid(what: string): ResidencyError {
  return new ResidencyError("E_SAFETENSORS", `Cannot read the safetensors file: ${what}`);
}

/**
 * The header's length in bytes, from the first eight bytes of the file.
 *
 * @example
 * headerLength(encodeSafetensors({ bias: { shape: [2], values: new Float32Array(2) } }).subarray(0, 8)) > 20; // → true
 */
export function headerLength(prefix: Uint8Array): number {
  if (prefix.byteLength < 8) {
    throw invalid(`it has ${prefix.byteLength} bytes, and the length of its header alone takes 8`);
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length < 2n || length > BigInt(largestHeader)) {
    throw invalid(`its header claims ${length.toString()} bytes; 2 to ${largestHeader} are allowed`);
  }
  return Number(length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseEntry(name: string, value: unknown): TensorEntry {
  if (!isRecord(value)) throw invalid(`the entry of tensor "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(bytesPerElement, dtype)) {
    throw invalid(
      `tensor "${name}" has the type ${JSON.stringify(dtype)}; known are ${Object.keys(bytesPerElement).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw invalid(`tensor "${name}" has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw invalid(`tensor "${name}" has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const elements = shape.reduce((size, extent) => size * extent, 1);
  const bytes = elements * bytesPerElement[dtype as StoredType];
  if (end - begin !== bytes) {
    throw invalid(`tensor "${name}" takes ${end - begin} bytes, but its shape and type need ${bytes}`);
  }
  return { dtype: dtype as StoredType, shape: [...shape], begin, end };
}

/** JSON.parse keeps the last of two equal keys, so a repeated tensor name has to be looked for in the text. */
function refuseRepeatedNames(text: string, count: number): void {
  const seen = new Set<string>();
  let names = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      let end = at + 1;
      while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      const isKey = depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 16));
      if (isKey) {
        const name = JSON.parse(text.slice(at, end + 1)) as string;
        if (seen.has(name)) throw invalid(`tensor "${name}" is named twice`);
        seen.add(name);
        names++;
      }
      at = end;
    }
  }
  if (names !== count) throw invalid("its header has keys that cannot be told apart");
}

/**
 * Parses a header and checks that the tensors fill the data section without a hole, an overlap or a rest.
 *
 * @param header the header's JSON bytes, without the eight length bytes
 * @param dataBytes the size of what follows the header
 * @throws ResidencyError E_SAFETENSORS with the tensor and the numbers that do not fit.
 * @example
 * const header = new TextEncoder().encode('{"bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
 * parseHeader(header, 8).tensors.get("bias"); // → { dtype: "F32", shape: [2], … }
 */
export function parseHeader(header: Uint8Array, dataBytes: number): SafetensorsHeader {
  if (header[0] !== 0x7b) throw invalid("its header does not start with a JSON object");
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(header);
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ResidencyError("E_SAFETENSORS", "Cannot read the safetensors file: its header is not JSON", {
      cause,
    });
  }
  if (!isRecord(parsed)) throw invalid("its header is not a JSON object");
  refuseRepeatedNames(text, Object.keys(parsed).length);
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== "__metadata__") {
      tensors.set(name, parseEntry(name, value));
      continue;
    }
    if (!isRecord(value)) throw invalid("its __metadata__ is not an object");
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== "string") throw invalid(`its metadata "${key}" is not a string`);
      metadata[key] = item;
    }
  }
  let filled = 0;
  for (const [name, entry] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== filled) {
      throw invalid(
        `tensor "${name}" starts at byte ${entry.begin}, but the one before it ends at ${filled}`,
      );
    }
    filled = entry.end;
  }
  if (filled !== dataBytes)
    throw invalid(`its tensors take ${filled} bytes, and ${dataBytes} follow the header`);
  return { tensors, metadata, dataStart: 8 + header.byteLength };
}

/**
 * The float32 values of a stored floating-point tensor; those of an F32 tensor may share the memory of its bytes.
 *
 * @example
 * toFloat32(new Uint8Array([0x80, 0x3f, 0, 0xc0]), "BF16"); // → [1, -2]
 */
export function toFloat32(bytes: Uint8Array, dtype: StoredType): Float32Array {
  // Tensors start at any byte, typed arrays only at multiples of their element. Where the bytes fit as they are, they
  // are not copied: a large tensor would be held twice.
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    default:
      throw invalid(`a tensor of type ${dtype} stands where a floating-point one is needed`);
  }
}

/** The floating-point types that tensors can be stored as. */
export type FloatType = "F32" | "F16" | "BF16";

/** A tensor to be written: its values in float32, stored as `dtype` (F32 when left out). */
export interface TensorToStore {
  shape: readonly number[];
  values: Float32Array;
  dtype?: FloatType;
}

/** A tensor to be written as its bytes are. */
export interface RawTensor {
  shape: readonly number[];
  dtype: StoredType;
  bytes: Uint8Array;
}

function encodeValues(tensor: TensorToStore | RawTensor): Uint8Array {
  if ("bytes" in tensor) return tensor.bytes;
  const { values, dtype = "F32" } = tensor;
  const stored =
    dtype === "F32" ? values : dtype === "F16" ? float32ToFloat16(values) : float32ToBfloat16(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/**
 * Writes tensors as the bytes of a safetensors file; names are sorted, so equal tensors give equal bytes.
 *
 * @example
 * const bytes = encodeSafetensors({ bias: { shape: [2], values: new Float32Array([1, 2]) } });
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToStore | RawTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name]!;
    const chunk = encodeValues(tensor);
    const end = offset + chunk.byteLength;
    header[name] = { dtype: tensor.dtype ?? "F32", shape: tensor.shape, data_offsets: [offset, end] };
    chunks.push(chunk);
    offset = end;
  }
  // The reference pads the header with spaces so that the data section starts at a multiple of eight.
  const json = JSON.stringify(header);
  const headerBytes = new TextEncoder().encode(json);
  const padded = Math.ceil(headerBytes.byteLength / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(headerBytes, 8);
  let at = 8 + padded;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.byteLength;
  }
  return file;
}

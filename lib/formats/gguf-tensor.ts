/** The bytes of GGUF tensors: float32 to F32, F16, BF16 and Q8_0, and back. */
import { ResidencyError } from "../errors.ts";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
import { invalidGguf, type GgufTensorType } from "./gguf-types.ts";

/** The element types that can be written. */
export type GgufWritableType = "F32" | "F16" | "BF16" | "Q8_0";

const blockSize = 32;
const blockBytes = 34;

/** Rounds to the nearest integer, halves away from zero, as C's roundf does. */
function roundAwayFromZero(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/**
 * Blocks of 32 values: a half-precision scale, which is the largest magnitude / 127, and 32 signed bytes. Steps are in
 * float32, so that the bytes are ggml's.
 */
function encodeQ80(values: Float32Array): Uint8Array {
  if (values.length % blockSize !== 0) {
    throw invalidGguf(`${values.length} values cannot be Q8_0, whose blocks hold ${blockSize}`);
  }
  const blocks = values.length / blockSize;
  const bytes = new Uint8Array(blocks * blockBytes);
  const view = new DataView(bytes.buffer);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    let largest = 0;
    for (let i = 0; i < blockSize; i++) largest = Math.max(largest, Math.abs(values[start + i]!));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = scale;
    for (let i = 0; i < blockSize; i++) {
      view.setInt8(block * blockBytes + 2 + i, roundAwayFromZero(Math.fround(values[start + i]! * inverse)));
    }
  }
  const halves = float32ToFloat16(scales);
  for (let block = 0; block < blocks; block++) view.setUint16(block * blockBytes, halves[block]!, true);
  return bytes;
}

function decodeQ80(bytes: Uint8Array): Float32Array {
  const blocks = bytes.byteLength / blockBytes;
  if (!Number.isInteger(blocks))
    throw invalidGguf(`${bytes.byteLength} bytes are no whole number of Q8_0 blocks`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scales = float16ToFloat32(
    Uint16Array.from({ length: blocks }, (_, block) => view.getUint16(block * blockBytes, true)),
  );
  const values = new Float32Array(blocks * blockSize);
  for (let i = 0; i < values.length; i++) {
    const block = Math.floor(i / blockSize);
    values[i] = scales[block]! * view.getInt8(block * blockBytes + 2 + (i % blockSize));
  }
  return values;
}

/** The largest finite magnitude that survives in each type; BF16 and F32 hold all that float32 does. */
const largestMagnitude: Partial<Record<GgufWritableType, number>> = { F16: 65504, Q8_0: 65504 * 127 };

/**
 * The bytes of float32 values in a type.
 *
 * @throws ResidencyError E_NUMERIC when a value is NaN or infinite, or beyond what the type holds; E_GGUF when Q8_0 is
 *   asked for and the values are no whole number of blocks.
 * @example
 * encodeGgufTensor(new Float32Array([1, -2]), "F16"); // → [0, 0x3c, 0, 0xc0]
 */
export function encodeGgufTensor(values: Float32Array, type: GgufWritableType): Uint8Array {
  const limit = largestMagnitude[type] ?? Number.MAX_VALUE;
  let at = 0;
  while (at < values.length && Math.abs(values[at]!) <= limit) at++;
  if (at < values.length) {
    throw new ResidencyError(
      "E_NUMERIC",
      `Cannot store the value ${values[at]} (number ${at}) as ${type}: finite values up to ${limit} are allowed; ` +
        "store the model as BF16 or F32, or look why the weight is so large",
    );
  }
  switch (type) {
    case "F32":
      return new Uint8Array(values.slice().buffer);
    case "F16":
      return new Uint8Array(float32ToFloat16(values).buffer);
    case "BF16":
      return new Uint8Array(float32ToBfloat16(values).buffer);
    case "Q8_0":
      return encodeQ80(values);
  }
}

/**
 * The float32 values of a tensor's bytes.
 *
 * @throws ResidencyError E_GGUF for a type that this library does not decode, or a length that does not fit.
 * @example
 * decodeGgufTensor(new Uint8Array([0, 0x3c, 0, 0xc0]), "F16"); // → [1, -2]
 */
export function decodeGgufTensor(bytes: Uint8Array, type: GgufTensorType): Float32Array {
  const aligned = (elementBytes: number): ArrayBuffer => {
    if (bytes.byteLength % elementBytes !== 0) {
      throw invalidGguf(`${bytes.byteLength} bytes are no whole number of ${type} values`);
    }
    return bytes.slice().buffer;
  };
  switch (type) {
    case "F32":
      return new Float32Array(aligned(4));
    case "F16":
      return float16ToFloat32(new Uint16Array(aligned(2)));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(aligned(2)));
    case "Q8_0":
      return decodeQ80(bytes);
    default:
      throw invalidGguf(`tensors of type ${type} cannot be decoded; F32, F16, BF16 and Q8_0 can`);
  }
}

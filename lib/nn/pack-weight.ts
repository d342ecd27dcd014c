/** Packed weights as tensors: quantises matrices, and takes over bytes that a checkpoint has packed already. */
import * as tf from "@tensorflow/tfjs-core";
import type { PackedWeight } from "../ops/index.ts";
import {
  dynamicCodebook,
  packElements,
  type PackedElements,
  type Packing,
  type StoredFourBit,
} from "../quant/index.ts";

/** Bytes in int32 storage, filled up to whole words. */
function storedBytes(bytes: Uint8Array): tf.Tensor1D {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return tf.tensor1d(words, "int32");
}

/** The usual map itself where a file has a copy of it, so that it is held, and taken to a GPU, once. */
function sharedMap(map: Float32Array): Float32Array {
  const { values } = dynamicCodebook();
  return map.length === values.length && map.every((value, i) => value === values[i]) ? values : map;
}

function toWeight(
  { bytes, scales, blockSize, nested }: PackedElements,
  rest: Pick<PackedWeight, "format" | "shape">,
): PackedWeight {
  return {
    ...{ ...rest, codes: storedBytes(bytes), blockSize },
    scales: tf.tensor1d(nested ? new Float32Array() : scales, "float32"),
    nested: nested && {
      ...{ codes: storedBytes(nested.codes), count: nested.codes.length },
      ...{ absmax: tf.tensor1d(nested.absmax), quantMap: sharedMap(nested.quantMap) },
      ...{ offset: nested.offset, blockSize: nested.blockSize },
    },
  };
}

/**
 * Packs a matrix `[out, in]`; the caller disposes of the tensors.
 *
 * @throws ResidencyError E_NUMERIC for NaN and infinite numbers in a quantised format.
 * @example
 * const packed = packWeight(new Float32Array([1, -2]), [1, 2], { format: "bf16" });
 * unpackWeight(packed); // → [[1, -2]]
 */
export function packWeight(
  values: Float32Array,
  shape: readonly [number, number],
  packing: Packing,
): PackedWeight {
  return toWeight(packElements(values, shape[1], packing), { format: packing.format, shape });
}

/**
 * Takes over a 4-bit weight of a checkpoint; its scales are held as they are stored, in float32 or in 8 bits.
 *
 * @example
 * const codes = quantize4bit(new Float32Array(64).fill(0.5));
 * packedFromFourBit({ codes, shape: [1, 64], dtype: "float32", nested: undefined }).format; // → "nf4"
 */
export function packedFromFourBit({ codes, shape, nested }: StoredFourBit): PackedWeight {
  const { packed, absmax, blockSize, quantType } = codes;
  return toWeight(
    { bytes: packed, scales: absmax, blockSize, nested },
    { format: quantType, shape: shape as [number, number] },
  );
}

/**
 * Takes over an 8-bit weight of a checkpoint: codes `[out, in]`, and the largest magnitude of each row.
 *
 * @example
 * packedFromInt8(new Uint8Array([127, 64]), [1, 2], new Float32Array([1])).format; // → "int8"
 */
export function packedFromInt8(
  codes: Uint8Array,
  shape: readonly [number, number],
  absmax: Float32Array,
): PackedWeight {
  return toWeight({ bytes: codes, scales: absmax, blockSize: 1 }, { format: "int8", shape });
}

/**
 * How a weight was packed, so that another can be packed alike.
 *
 * @example
 * packingOf(packWeight(new Float32Array(64), [1, 64], { format: "nf4" })); // → { format: "nf4", blockSize: 64, … }
 */
export function packingOf({ format, blockSize, nested }: PackedWeight): Packing {
  return format === "nf4" || format === "fp4"
    ? { format, blockSize, doubleQuant: nested !== undefined }
    : { format };
}

/** The scales of packed weights that are quantised themselves: held in 8 bits each, and unpacked in products. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel, type FusedKernels } from "../backends/index.ts";
import { unnestAbsmax } from "../quant/index.ts";
import { mayFuse } from "./gradient.ts";

/** Scales in 8 bits each: `quantMap[code] · absmax of its block + offset`, `[count]`. */
export interface NestedScales {
  /** int32 storage of one byte a scale, `[ceil(count / 4)]`. */
  codes: tf.Tensor1D;
  /** float32 `[ceil(count / blockSize)]` */
  absmax: tf.Tensor1D;
  /** The values of the codes, `[256]`; one array for all weights that have the usual ones. */
  quantMap: Float32Array;
  count: number;
  offset: number;
  blockSize: number;
}

/** A weight as far as its scales go. */
interface ScaledWeight {
  scales: tf.Tensor1D;
  nested?: NestedScales | undefined;
}

/** The inputs and the attributes of the kernel of products, with the scales as the weight holds them. */
export function packedCall(
  { x, codes }: { x: tf.Tensor2D; codes: tf.Tensor1D },
  { scales, nested }: ScaledWeight,
  attributes: Omit<FusedKernels["PackedMatMul"]["attributes"], "nested">,
): [FusedKernels["PackedMatMul"]["inputs"], FusedKernels["PackedMatMul"]["attributes"]] {
  if (!nested) return [{ x, codes, scales }, attributes];
  const { codes: nestedCodes, absmax, quantMap: map, count, blockSize, offset } = nested;
  return [
    { x, codes, scales: nestedCodes, absmax },
    { ...attributes, nested: { map, count, blockSize, offset } },
  ];
}

/**
 * The scales in float32, `[count]`; the caller disposes of them.
 *
 * @example
 * const { nested } = packWeight(new Float32Array(64).fill(2), [1, 64], { format: "nf4", doubleQuant: true });
 * expandScales(nested!); // → [2]
 */
export function expandScales({ codes, absmax, quantMap: map, ...attributes }: NestedScales): tf.Tensor1D {
  if (mayFuse("NestedScales"))
    return runFusedKernel("NestedScales", { codes, absmax }, { ...attributes, map })[0] as tf.Tensor1D;
  const words = codes.dataSync<"int32">();
  const { count, offset, blockSize } = attributes;
  return tf.tensor1d(
    unnestAbsmax({
      codes: new Uint8Array(words.buffer, words.byteOffset, count),
      ...{ absmax: absmax.dataSync<"float32">(), quantMap: map, offset, blockSize },
    }),
    "float32",
  );
}

/** Runs something with the scales of a weight in float32, which are only held for it where they are nested. */
export function withScales<Result>(
  { scales, nested }: ScaledWeight,
  run: (scales: tf.Tensor1D) => Result,
): Result {
  if (!nested) return run(scales);
  const expanded = expandScales(nested);
  try {
    return run(expanded);
  } finally {
    expanded.dispose();
  }
}

/** Rows of packed weights where bytes cannot be read at once, on a GPU: by products with rows of the identity, which are exact. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel, type PackedFormat } from "../backends/index.ts";
import { mayFuse } from "./gradient.ts";
import { packedCall, type NestedScales } from "./nested-scales.ts";

/** Rows that are taken by one product. */
const rowsAtOnce = 256;

/** Whether the device takes rows of packed weights: where values arrive later, and there is a kernel for products. */
export const takesRowsOnDevice = (): boolean => tf.getBackend() === "webgpu" && mayFuse("PackedMatMul");

/** A packed weight, as far as products need it. */
interface PackedMatrix {
  format: PackedFormat;
  shape: readonly [out: number, columns: number];
  codes: tf.Tensor1D;
  scales: tf.Tensor1D;
  blockSize: number;
  nested?: NestedScales | undefined;
}

/**
 * Rows of a packed weight by number, `[indices.length, in]` in float32. Nothing is read back; tfjs's own slices and look-ups would
 * take the codes, which are int32, through float32 and lose bits.
 */
export function takeRowsOnDevice(weight: PackedMatrix, indices: tf.Tensor1D): tf.Tensor2D {
  const { format, shape, codes, blockSize } = weight;
  const [out, columns] = shape;
  const attributes = { format, out, in: columns, blockSize, transposed: true };
  return tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let at = 0; at < indices.size; at += rowsAtOnce) {
      const some = tf.slice(indices, [at], [Math.min(rowsAtOnce, indices.size - at)]);
      const x = tf.oneHot(some, out, 1, 0, "float32") as tf.Tensor2D;
      const call = packedCall({ x, codes }, weight, attributes);
      parts.push(runFusedKernel("PackedMatMul", ...call)[0] as tf.Tensor2D);
    }
    return parts.length === 1 ? parts[0]! : tf.concat2d(parts, 0);
  });
}

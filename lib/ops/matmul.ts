/** Matrix product of two matrices, by the fastest road that the backend has. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel, runKernel } from "../backends/index.ts";
import { view } from "./gradient.ts";

/** Which operands are to be read transposed. */
export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** Whether the backend multiplies at full speed only when neither operand is transposed (tfjs-backend-wasm: 16 to 1 GFLOP/s). */
export function prefersPlainProducts(): boolean {
  return tf.getBackend() === "wasm";
}

/**
 * `op(a) · op(b)` of shapes `[m, k]` and `[k, n]`, without a gradient of its own: it is called inside operations that
 * define theirs.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, options: MatMulOptions = {}): tf.Tensor2D {
  const { transposeA = false, transposeB = false } = options;
  if (!prefersPlainProducts()) {
    return runKernel("BatchMatMul", { a, b }, { transposeA, transposeB })[0] as tf.Tensor2D;
  }
  return tf.tidy(() => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b));
}

/** `into + scale · op(a) op(b)`, in the place of `into` where the backend can; the caller gives `into` up. */
export function addMatMul(
  into: tf.Tensor2D,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { transposeA = false, transposeB = false, scale = 1 }: MatMulOptions & { scale?: number } = {},
): tf.Tensor2D {
  if (!hasFusedKernel("MatMulInto")) {
    return tf.add(into, tf.mul(matMul(a, b, { transposeA, transposeB }), scale));
  }
  runFusedKernel("MatMulInto", { into, a, b }, { transposeA, transposeB, scale });
  return into;
}

/** Views `[..., n]` as the matrix `[rows, n]`. */
export function asMatrix(x: tf.Tensor): tf.Tensor2D {
  const columns = x.shape[x.shape.length - 1]!;
  return view<tf.Rank.R2>(x, [x.size / columns, columns]);
}

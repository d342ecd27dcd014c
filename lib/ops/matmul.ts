/** Matrix product of two matrices, by the fastest road that the backend has. */
import * as tf from "@tensorflow/tfjs-core";

/** Which operands are to be read transposed. */
export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/**
 * `op(a) · op(b)` of shapes `[m, k]` and `[k, n]`, without a gradient of its own: it is called inside operations that
 * define theirs.
 *
 * The WebAssembly backend multiplies at 16 GFLOP/s when neither operand is transposed, at 1 GFLOP/s otherwise, so
 * there the transposition is made first.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, options: MatMulOptions = {}): tf.Tensor2D {
  const { transposeA = false, transposeB = false } = options;
  if (tf.getBackend() !== "wasm") return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b));
}

/** Views `[..., n]` as the matrix `[rows, n]`. */
export function asMatrix(x: tf.Tensor): tf.Tensor2D {
  const columns = x.shape[x.shape.length - 1]!;
  return tf.reshape(x, [x.size / columns, columns]);
}

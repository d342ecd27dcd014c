/** Matrix product of two matrices, by the fastest road that the backend has. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel, runKernel } from "../backends/index.ts";
import { mayFuse, view } from "./gradient.ts";
import { shapeError } from "./shapes.ts";

/** Which operands are to be read transposed. */
export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** Whether the backend multiplies at full speed only when neither operand is transposed (tfjs-backend-wasm: 16 to 1 GFLOP/s). */
export function prefersPlainProducts(): boolean {
  return tf.getBackend() === "wasm";
}

/** The kernel itself would read past the end of the shorter one. */
function assertFit(a: tf.Tensor2D, b: tf.Tensor2D, { transposeA, transposeB }: MatMulOptions): void {
  if (a.shape[transposeA ? 0 : 1] !== b.shape[transposeB ? 1 : 0]) {
    throw shapeError("op(a) op(b)", { a, b }, "op(a) [m, k] and op(b) [k, n]");
  }
}

/**
 * `op(a) · op(b)` of shapes `[m, k]` and `[k, n]`, without a gradient of its own: it is called inside operations that
 * define theirs.
 *
 * @throws ResidencyError E_SHAPE when the matrices do not fit each other.
 * @example
 * matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]]), { transposeB: true }); // → [[11]]
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, options: MatMulOptions = {}): tf.Tensor2D {
  const { transposeA = false, transposeB = false } = options;
  assertFit(a, b, options);
  if (!prefersPlainProducts()) {
    return runKernel("BatchMatMul", { a, b }, { transposeA, transposeB })[0] as tf.Tensor2D;
  }
  return tf.tidy(() => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b));
}

/** A product of two matrices and how they are read. */
export interface MatrixProduct extends MatMulOptions {
  a: tf.Tensor2D;
  b: tf.Tensor2D;
}

/**
 * Several products none of which needs another, without gradients of their own; in one go where the backend can, so that its threads
 * need not wait for each other between them.
 *
 * @throws ResidencyError E_SHAPE when the matrices of a product do not fit each other.
 * @example
 * const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
 * matMuls([{ a, b, transposeB: true }, { a, b, transposeA: true }]); // → [[[11]], [[3, 4], [6, 8]]]
 */
export function matMuls(products: readonly MatrixProduct[]): tf.Tensor2D[] {
  for (const { a, b, ...options } of products) assertFit(a, b, options);
  if (!mayFuse("MatMuls")) return products.map(({ a, b, ...options }) => matMul(a, b, options));
  const inputs = products.map(
    ({ a, b }, index) =>
      [
        [`a${index}`, a],
        [`b${index}`, b],
      ] as const,
  );
  const attributes = {
    products: products.map(({ transposeA = false, transposeB = false }) => ({ transposeA, transposeB })),
  };
  return runFusedKernel("MatMuls", Object.fromEntries(inputs.flat()), attributes) as tf.Tensor2D[];
}

/**
 * `into + scale · op(a) op(b)`, in the place of `into` where the backend can; the caller gives `into` up.
 *
 * @throws ResidencyError E_SHAPE when the matrices do not fit each other.
 * @example
 * addMatMul(tf.tensor2d([[1]]), tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]), { scale: 2 }); // → [[23]]
 */
export function addMatMul(
  into: tf.Tensor2D,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { transposeA = false, transposeB = false, scale = 1 }: MatMulOptions & { scale?: number } = {},
): tf.Tensor2D {
  const [m, k] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [inner, n] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  const fits = k === inner && m === into.shape[0] && n === into.shape[1];
  if (!fits)
    throw shapeError("into + op(a) op(b)", { into, a, b }, "into [m, n], op(a) [m, k] and op(b) [k, n]");
  if (!mayFuse("MatMulInto")) {
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

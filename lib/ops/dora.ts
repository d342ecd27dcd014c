/** DoRA's rescaling of each output by its magnitude over the length of its weights (Liu et al., 2024). */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";
import { asMatrix, matMul } from "./matmul.ts";

/** A low-rank addition and what the lengths of the summed weights can be computed from without making the sum. */
export interface SummedWeights {
  /** A `[r, in]` */
  a: tf.Tensor2D;
  /** B `[out, r]` */
  b: tf.Tensor2D;
  scaling: number;
  /** The squared length of each output's base weights, `[out]`. */
  baseSquares: tf.Tensor1D;
  /** A times the base weight, `[r, out]`: A Wᵀ of W `[out, in]`, A W of W `[in, out]`. */
  baseProduct: tf.Tensor2D;
}

/**
 * The length of each output's weights in `W + scaling · B A`, `[out]`: ‖w‖² + 2s (A w) · b + s² bᵀ A Aᵀ b, so that nothing of
 * the size of W is made, and W may be packed.
 *
 * @example
 * const adapter = { a: tf.tensor2d([[1, 0]]), b: tf.tensor2d([[3]]), scaling: 1 };
 * summedWeightNorms({ ...adapter, baseSquares: tf.tensor1d([16]), baseProduct: tf.tensor2d([[0]]) }); // → [5]
 */
export function summedWeightNorms({ a, b, scaling, baseSquares, baseProduct }: SummedWeights): tf.Tensor1D {
  return tf.tidy<tf.Tensor1D>(() => {
    const gram = matMul(a, a, { transposeB: true }); // [r, r]
    const cross = tf.sum(tf.mul(b, tf.transpose(baseProduct)), 1); // [out]
    const own = tf.sum(tf.mul(matMul(b, gram), b), 1); // [out]
    const squares = tf.addN([baseSquares, tf.mul(cross, 2 * scaling), tf.mul(own, scaling * scaling)]);
    return tf.sqrt(tf.maximum(squares, 1e-30));
  });
}

/**
 * y `[..., out]` times `magnitude / norms`, both `[out]`. The gradients are those of y and of the magnitude: the norms,
 * which `normsOf` computes, count as constants, as section 4.3 of the paper has it.
 *
 * @example
 * doraScale(tf.tensor2d([[2, 2]]), tf.tensor1d([3, 4]), () => tf.tensor1d([1, 2])); // → [[6, 4]]
 */
export function doraScale(y: tf.Tensor, magnitude: tf.Tensor1D, normsOf: () => tf.Tensor1D): tf.Tensor {
  return withGradient(
    [y, magnitude],
    ([input, lengths], save) => {
      const norms = normsOf();
      save([input!, lengths!, norms]);
      return tf.mul(input!, tf.div(lengths!, norms));
    },
    (dy, [input, lengths, norms]) => {
      const dMagnitude = tf.div(tf.sum(tf.mul(asMatrix(dy), asMatrix(input!)), 0), norms!);
      return [tf.mul(dy, tf.div(lengths!, norms!)), dMagnitude];
    },
  );
}

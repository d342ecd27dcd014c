/** Sorting with a gradient, which tfjs' topk does not have. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/**
 * The numbers of x `[n]` from the smallest to the largest; each gives its gradient to the place that it came from.
 *
 * @example
 * sortAscending(tf.tensor1d([3, 1, 2])); // → [1, 2, 3]
 */
export function sortAscending(x: tf.Tensor1D): tf.Tensor1D {
  // One number is in order, and a one-hot code needs two places.
  if (x.size < 2) return x;
  return withGradient(
    [x],
    ([input], save) => {
      const { indices } = tf.topk(tf.neg(input!), x.size, true);
      const order = tf.cast(tf.oneHot(indices as tf.Tensor1D, x.size), "float32") as tf.Tensor2D; // [n, n]
      save([order]);
      return tf.reshape(tf.matMul(order, tf.reshape(input!, [x.size, 1])), [x.size]);
    },
    (dy, [order]) => [
      tf.reshape(tf.matMul(order as tf.Tensor2D, tf.reshape(dy, [x.size, 1]), true, false), [x.size]),
    ],
  ) as tf.Tensor1D;
}

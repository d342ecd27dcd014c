/** log(1 - eˣ) without loss of digits. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/** Where the two ways to compute it meet: below, eˣ is small; above, x is. */
const border = -Math.LN2;

/**
 * log(1 - eˣ) of each x below 0: the log-probability of what has not the log-probability x; exact where x is near 0, too.
 *
 * @throws ResidencyError E_GRADIENT for its second derivative.
 * @example
 * log1mexp(tf.tensor1d([Math.log(0.25)])); // log 0.75
 */
export function log1mexp(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    ([input], save) => {
      const near = tf.maximum(input!, 2 * border);
      const squared = tf.mul(near, near);
      // 1 - eˣ = -x · (1 + x/2 + x²/6 + …), and the logarithm of the bracket is x/2 + x²/24 - x⁴/2880 + O(x⁶).
      const series = tf.mul(squared, tf.sub(1 / 24, tf.div(squared, 2880)));
      const byNear = tf.add(tf.log(tf.neg(near)), tf.add(tf.div(near, 2), series));
      const byFar = tf.log(tf.sub(1, tf.exp(tf.minimum(input!, border / 2))));
      const value = tf.where(tf.greater(input!, border), byNear, byFar);
      // -eˣ / (1 - eˣ)
      save([tf.neg(tf.exp(tf.sub(input!, value)))]);
      return value;
    },
    (dy, [slope]) => [tf.mul(dy, slope!)],
  );
}

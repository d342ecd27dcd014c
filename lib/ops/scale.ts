/** Fixed scalings of activations: by a factor, and the bound that Gemma 2 sets on logits; with their gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/**
 * `cap · tanh(x / cap)` of x `[...]`; only x is kept, and tanh is taken again for the slope.
 *
 * @example
 * softcap(tf.tensor1d([0, 1000]), 30); // → [0, 30]
 */
export function softcap(x: tf.Tensor, cap: number): tf.Tensor {
  return withGradient(
    [x],
    ([input], save) => {
      save([input!]);
      return tf.mul(tf.tanh(tf.div(input!, cap)), cap);
    },
    (dy, [input]) => [tf.mul(dy, tf.sub(1, tf.square(tf.tanh(tf.div(input!, cap)))))],
  );
}

/**
 * `x · factor` for a fixed factor; unlike tfjs' product it keeps nothing for the backward pass.
 *
 * @example
 * scaleBy(tf.tensor1d([1, 2]), 3); // → [3, 6]
 */
export function scaleBy(x: tf.Tensor, factor: number): tf.Tensor {
  return withGradient(
    [x],
    ([input]) => tf.mul(input!, factor),
    (dy) => [tf.mul(dy, factor)],
  );
}

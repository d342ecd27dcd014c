/** Fixed scalings of activations: by a factor, and the bound that Gemma 2 sets on logits; with their gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/** `cap · tanh(x / cap)` of x `[...]`; its slope comes from its value. */
export function softcap(x: tf.Tensor, cap: number): tf.Tensor {
  return withGradient(
    [x],
    ([input], save) => {
      const bounded = tf.tanh(tf.div(input!, cap));
      save([bounded]);
      return tf.mul(bounded, cap);
    },
    (dy, [bounded]) => [tf.mul(dy, tf.sub(1, tf.square(bounded!)))],
  );
}

/** `x · factor` for a fixed factor; unlike tfjs' product it keeps nothing for the backward pass. */
export function scaleBy(x: tf.Tensor, factor: number): tf.Tensor {
  return withGradient(
    [x],
    ([input]) => tf.mul(input!, factor),
    (dy) => [tf.mul(dy, factor)],
  );
}

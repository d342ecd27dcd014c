/** The logarithms of probabilities that the losses of preferences are made of. */
import * as tf from "@tensorflow/tfjs-core";

/** log σ(x) */
export function logSigmoid(x: tf.Tensor): tf.Tensor {
  // tfjs' own keeps its input by a closure alone, which a scope takes away before the backward pass.
  return tf.neg(tf.softplus(tf.neg(x)));
}

/** `-(1 - s) · log σ(x) - s · log σ(-x)`: the logistic loss of a verdict that is wrong with probability s. */
export function smoothedLogistic(x: tf.Tensor, s: number): tf.Tensor {
  const right = tf.mul(logSigmoid(x), s - 1);
  return s === 0 ? right : tf.sub(right, tf.mul(logSigmoid(tf.neg(x)), s));
}

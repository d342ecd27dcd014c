/** How sure and how right predictions are. */
import * as tf from "@tensorflow/tfjs-core";

/** Figures of some predictions, each a scalar. */
export interface PredictionFigures {
  /** How many labels are the token with the highest logit. */
  correct: tf.Scalar;
  /** The entropy of the predicted distributions, summed, in nats. */
  entropy: tf.Scalar;
}

/** Both figures of logits `[N, V]`, as `[correct, entropy]`; a target of -100 counts nothing. */
export function figuresOf(logits: tf.Tensor2D, targets: readonly number[]): tf.Tensor {
  const probabilities = tf.softmax(logits);
  // The largest probability is at least 1/V: stable for logits of any size.
  const logSumExp = tf.sub(tf.max(logits, -1), tf.log(tf.max(probabilities, -1)));
  const kept = tf.tensor1d(targets.map((target) => (target < 0 ? 0 : 1)));
  const entropies = tf.sub(logSumExp, tf.sum(tf.mul(probabilities, logits), -1));
  const entropy = tf.sum(tf.mul(kept, entropies));
  const isRight = tf.equal(tf.argMax(logits, -1), tf.tensor1d([...targets], "int32"));
  return tf.stack([tf.sum(tf.cast(isRight, "float32")), entropy]);
}

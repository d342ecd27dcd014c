/** The cross-entropy of smoothed labels. */
import * as tf from "@tensorflow/tfjs-core";
import { checkTargets, scaleAll } from "./cross-entropy.ts";
import { withGradient } from "./gradient.ts";

/**
 * The sum over rows of logits `[N, V]` of `(1 - smoothing) · -log p(target) + smoothing · mean over V of -log p`, a scalar
 * in nats: the loss of transformers' LabelSmoother (Szegedy et al., 2016) before its division by N.
 *
 * @throws ResidencyError E_SHAPE when there is not one target a row, or one is no token; E_GRADIENT for its second derivative.
 * @example
 * smoothedCrossEntropySum(tf.tensor2d([[0, 0]]), [1], 0.1); // → 0.693
 */
export function smoothedCrossEntropySum(
  logits: tf.Tensor2D,
  targets: readonly number[],
  smoothing: number,
): tf.Scalar {
  const [count, vocabulary] = logits.shape;
  checkTargets(targets, count, vocabulary);
  return withGradient(
    [logits],
    ([input], save) => {
      const logProbabilities = tf.logSoftmax(input as tf.Tensor2D);
      const index = tf.tensor2d(
        targets.flatMap((target, row) => [row, target]),
        [count, 2],
        "int32",
      );
      const chosen = tf.scatterND(index, tf.fill([count], 1 - smoothing), [count, vocabulary]);
      const wanted = tf.add(chosen, smoothing / vocabulary); // sums to 1 a row
      save([tf.sub(tf.exp(logProbabilities), wanted)]);
      return tf.neg(tf.sum(tf.mul(wanted, logProbabilities)));
    },
    scaleAll,
  ) as tf.Scalar;
}

/** The loss of Dynamic Fine-Tuning (Wu et al., 2025, arXiv 2508.05629): each token's loss, weighted by its probability. */
import * as tf from "@tensorflow/tfjs-core";
import { scaleAll } from "./cross-entropy.ts";
import { withGradient } from "./gradient.ts";

/**
 * The sum of `-p · log p` over the log-probabilities `[N]` of labels, where the weight p counts as a constant, so that the gradient
 * by log p is -p: what the model finds unlikely is learnt less, as in TRL's loss_type "dft".
 *
 * @throws ResidencyError E_GRADIENT for its second derivative.
 * @example
 * dftLossSum(tf.tensor1d([0, Math.log(0.5)])); // → 0.347
 */
export function dftLossSum(logProbs: tf.Tensor1D): tf.Scalar {
  return withGradient(
    [logProbs],
    ([values], save) => {
      const weights = tf.neg(tf.exp(values!));
      save([weights]);
      return tf.sum(tf.mul(weights, values!));
    },
    scaleAll,
  ) as tf.Scalar;
}

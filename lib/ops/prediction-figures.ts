/** How sure and how right predictions are, without logits that are kept. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/** Figures of some predictions, each a scalar. */
export interface PredictionFigures {
  /** How many labels are the token with the highest logit. */
  correct: tf.Scalar;
  /** The entropy of the predicted distributions, summed, in nats. */
  entropy: tf.Scalar;
}

/** The most logits that are held at once: 16 MB, and as much again for each step of their figures. */
const logitsAtOnce = 4 << 20;

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

/**
 * The figures of predictions whose logits `logitsOf` makes of rows of hidden states `[N, dim]`. They have no gradient, and leave
 * nothing on the tape of a loss that is taken of the same hidden states.
 *
 * @example
 * const hidden = tf.tensor2d([[0, 5], [1, 1]]);
 * const { correct } = predictionFigures(hidden, { targets: [1, 0], vocabulary: 2, logitsOf: (rows) => rows });
 * correct; // → 2
 */
export function predictionFigures(
  hidden: tf.Tensor2D,
  {
    targets,
    vocabulary,
    logitsOf,
  }: {
    targets: readonly number[];
    vocabulary: number;
    logitsOf: (rows: tf.Tensor2D) => tf.Tensor2D;
  },
): PredictionFigures {
  const [count] = hidden.shape;
  const chunk = Math.max(1, Math.floor(logitsAtOnce / vocabulary));
  const both = withGradient(
    [hidden],
    ([rows]) => {
      const parts: tf.Tensor[] = [];
      for (let row = 0; row < count; row += chunk) {
        const size = Math.min(chunk, count - row);
        const some = targets.slice(row, row + size);
        parts.push(
          tf.tidy(() => figuresOf(logitsOf(tf.slice(rows as tf.Tensor2D, [row, 0], [size, -1])), some)),
        );
      }
      return tf.addN(parts);
    },
    () => [tf.zerosLike(hidden)],
  );
  const [correct, entropy] = tf.unstack(both) as [tf.Scalar, tf.Scalar];
  return { correct, entropy };
}

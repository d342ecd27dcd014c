/** The causal language-modelling loss: cross-entropy of the next token, labels of -100 left out. */
import * as tf from "@tensorflow/tfjs-core";
import { takeRows } from "./embedding.ts";
import { withGradient } from "./linear.ts";

/** The label that is not trained on. */
export const ignoreIndex = -100;

/** Where the loss is taken: row `b · T + t` of the flattened hidden states predicts the token `target`. */
export interface TrainedPositions {
  rows: number[];
  targets: number[];
}

/**
 * The positions that are trained on: t predicts labels[t + 1] wherever that is not -100.
 *
 * @example
 * trainedPositions([[-100, -100, 7, 2]]); // { rows: [1, 2], targets: [7, 2] }
 */
export function trainedPositions(labels: readonly (readonly number[])[]): TrainedPositions {
  const rows: number[] = [];
  const targets: number[] = [];
  labels.forEach((row, b) => {
    for (let t = 0; t + 1 < row.length; t++) {
      const target = row[t + 1]!;
      if (target !== ignoreIndex) {
        rows.push(b * row.length + t);
        targets.push(target);
      }
    }
  });
  return { rows, targets };
}

/**
 * The sum of -log softmax(logits)[target] over the rows of logits `[N, V]`, a scalar in nats.
 *
 * log-sum-exp comes from the largest probability, which is at least 1/V: stable for logits of any size, and without
 * the exponential of the whole matrix.
 */
export function crossEntropySum(logits: tf.Tensor2D, targets: readonly number[]): tf.Scalar {
  const [count, vocabulary] = logits.shape;
  const index = tf.tensor2d(
    targets.flatMap((target, row) => [row, target]),
    [count, 2],
    "int32",
  );
  return withGradient(
    [logits],
    ([input], save) => {
      const probabilities = tf.softmax(input as tf.Tensor2D);
      save([probabilities, index]);
      const logSumExp = tf.sub(tf.max(input!, -1), tf.log(tf.max(probabilities, -1)));
      return tf.sum(tf.sub(logSumExp, tf.gatherND(input!, index)));
    },
    (dy, [probabilities, targetIndex]) => {
      const chosen = tf.scatterND(targetIndex as tf.Tensor2D, tf.ones([count]), [count, vocabulary]);
      return [tf.mul(tf.sub(probabilities!, chosen), dy)];
    },
  ) as tf.Scalar;
}

/** Picks the trained rows of hidden states `[B, T, dim]`: `[N, dim]`; only these need logits at all. */
export function takeTrainedRows(hidden: tf.Tensor, { rows }: TrainedPositions): tf.Tensor2D {
  const flat = tf.reshape<tf.Rank.R2>(hidden, [-1, hidden.shape[hidden.shape.length - 1]!]);
  return takeRows(flat, tf.tensor1d(rows, "int32"));
}

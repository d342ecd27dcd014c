/** Which positions of a batch have a loss, and the hidden states there. */
import * as tf from "@tensorflow/tfjs-core";
import { ignoreIndex } from "../labels.ts";
import { takeRows } from "./embedding.ts";
import { reshape } from "./gradient.ts";

/** Where the loss is taken: row `b · T + t` of the flattened hidden states predicts the token `target`. */
export interface TrainedPositions {
  rows: number[];
  targets: number[];
}

/**
 * The positions that are trained on: t predicts labels[t + 1] wherever that is not -100. `length` is the number of
 * positions a row that hidden states are computed for, when it is less than the labels have.
 *
 * @example
 * trainedPositions([[-100, -100, 7, 2]]); // → { rows: [1, 2], targets: [7, 2] }
 */
export function trainedPositions(
  labels: readonly (readonly number[])[],
  length = labels[0]?.length ?? 0,
): TrainedPositions {
  const rows: number[] = [];
  const targets: number[] = [];
  labels.forEach((row, b) => {
    for (let t = 0; t + 1 < row.length; t++) {
      const target = row[t + 1]!;
      if (target !== ignoreIndex) {
        rows.push(b * length + t);
        targets.push(target);
      }
    }
  });
  return { rows, targets };
}

/**
 * The last position that predicts a trained label in any row; -1 when there is none.
 *
 * @example
 * lastTrainedPosition([[-100, -100, 7, -100]]); // → 1
 */
export function lastTrainedPosition(labels: readonly (readonly number[])[]): number {
  return Math.max(
    -1,
    ...labels.map((row) => row.findLastIndex((label, t) => t > 0 && label !== ignoreIndex) - 1),
  );
}

/**
 * Picks the trained rows of hidden states `[B, T, dim]`: `[N, dim]`; only these need logits at all.
 *
 * @example
 * const hidden = tf.tensor3d([[[1], [2], [3]]]);
 * takeTrainedRows(hidden, trainedPositions([[-100, 7, -100]])); // → [[1]]
 */
export function takeTrainedRows(hidden: tf.Tensor, { rows }: TrainedPositions): tf.Tensor2D {
  const flat = reshape<tf.Rank.R2>(hidden, [-1, hidden.shape[hidden.shape.length - 1]!]);
  return takeRows(flat, tf.tensor1d(rows, "int32"));
}

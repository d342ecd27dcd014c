/** Which positions of a batch have a loss, and the hidden states there. */
import * as tf from "@tensorflow/tfjs-core";
import { ignoreIndex } from "../labels.ts";
import { takeRows } from "./embedding.ts";
import { reshape } from "./gradient.ts";

/** Where the loss is taken: row `b · (to - from) + t - from` of the flattened hidden states predicts the token `target`. */
export interface TrainedPositions {
  rows: number[];
  targets: number[];
}

/** The positions from `from` to before `to`, of each row. */
export interface PositionSpan {
  from: number;
  to: number;
}

/** Calls with each row and position that predicts a trained label: t predicts `labels[t + 1]` wherever that is not -100. */
function eachTrained(
  labels: readonly (readonly number[])[],
  visit: (row: number, position: number, target: number) => void,
): void {
  labels.forEach((row, b) => {
    for (let t = 0; t + 1 < row.length; t++) {
      const target = row[t + 1]!;
      if (target !== ignoreIndex) visit(b, t, target);
    }
  });
}

/**
 * The positions that are trained on: t predicts labels[t + 1] wherever that is not -100. `span` says which positions of each row
 * hidden states are computed for, where these are not all.
 *
 * @example
 * trainedPositions([[-100, -100, 7, 2]]); // → { rows: [1, 2], targets: [7, 2] }
 * trainedPositions([[-100, -100, 7, 2]], { from: 1, to: 3 }); // → { rows: [0, 1], targets: [7, 2] }
 */
export function trainedPositions(
  labels: readonly (readonly number[])[],
  { from, to }: PositionSpan = { from: 0, to: labels[0]?.length ?? 0 },
): TrainedPositions {
  const rows: number[] = [];
  const targets: number[] = [];
  eachTrained(labels, (row, position, target) => {
    rows.push(row * (to - from) + position - from);
    targets.push(target);
  });
  return { rows, targets };
}

/**
 * The narrowest span with all positions of all rows that predict a trained label; it is empty where there is none.
 *
 * @example
 * trainedSpan([[-100, -100, 7, -100], [-100, -100, -100, 2]]); // → { from: 1, to: 3 }
 */
export function trainedSpan(labels: readonly (readonly number[])[]): PositionSpan {
  let [from, to] = [Infinity, 0];
  eachTrained(labels, (_, position) => {
    from = Math.min(from, position);
    to = Math.max(to, position + 1);
  });
  return { from: Math.min(from, to), to };
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

/** The end of each row of a batch: what a layer is asked for when nothing before it is looked at again. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/**
 * x `[B, T, ...]` from position `from` on: `[B, T - from, ...]`; x itself when that is all of it.
 *
 * @example
 * lastPositions(tf.tensor3d([[[1], [2], [3]]]), 1); // → [[[2], [3]]]
 */
export function lastPositions<R extends tf.Rank>(x: tf.Tensor<R>, from: number): tf.Tensor<R> {
  if (from === 0) return x;
  const [batch, length, ...rest] = x.shape as [number, number, ...number[]];
  return withGradient(
    [x],
    ([input]) =>
      tf.slice(input!, [0, from, ...rest.map(() => 0)], [batch, length - from, ...rest] as number[]),
    // What was left out has no part in the result.
    (dy) => [tf.concat([tf.zeros([batch, from, ...rest]), dy], 1)],
  ) as tf.Tensor<R>;
}

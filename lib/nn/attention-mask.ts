/** Which token may look at which: the numbers that attention compares. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * int32 `[B, keys]` of 1 for a real token and 0 for padding, or `[1, keys]` of ones where no real token would see
 * padding. Padding behind the last real token needs no mask: causality hides it.
 *
 * @example
 * attentionSegments(3, [[0, 1, 1]]); // → [[0, 1, 1]]
 */
export function attentionSegments(keys: number, attentionMask?: readonly (readonly number[])[]): tf.Tensor2D {
  const hasInnerPadding = attentionMask?.some(
    (row) => row.lastIndexOf(1) > row.indexOf(0) && row.includes(0),
  );
  if (!attentionMask || !hasInnerPadding) return tf.ones([1, keys], "int32");
  return tf.tensor2d(attentionMask as number[][], [attentionMask.length, keys], "int32");
}

/**
 * int32 `[B, T]`: the number of the text that each token belongs to, from 1, where several are packed into a row, which
 * shows in positions that do not go on by one; as transformers reads them when there is no mask and no cache.
 *
 * @example
 * packedSegments([[0, 1, 0, 1]]); // → [[1, 1, 2, 2]]
 */
export function packedSegments(positionIds: readonly (readonly number[])[]): tf.Tensor2D {
  const numbers = positionIds.map((row) => {
    let text = 1;
    return row.map((position, t) => (t > 0 && position !== row[t - 1]! + 1 ? ++text : text));
  });
  return tf.tensor2d(numbers, [numbers.length, numbers[0]!.length], "int32");
}

/**
 * Position of each token when padding does not count: `[B, T]`; 0 at padding, as transformers has it.
 *
 * @example
 * positionsFromMask([[0, 1, 1]]); // → [[0, 0, 1]]
 */
export function positionsFromMask(attentionMask: readonly (readonly number[])[]): number[][] {
  return attentionMask.map((row) => {
    let position = 0;
    return row.map((real) => (real === 1 ? position++ : 0));
  });
}

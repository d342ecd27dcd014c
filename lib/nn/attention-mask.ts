/** Which token may look at which, as additive masks. */
import * as tf from "@tensorflow/tfjs-core";

/** Large enough that softmax gives exactly 0, small enough that a whole row of it still has a softmax. */
const blocked = -1e9;

/** What decides who sees whom. */
export interface AttentionMaskOptions {
  /** The number of queries, the last ones of the sequence. */
  queries: number;
  /** The number of keys: those in the cache and the new ones. */
  keys: number;
  /** 1 for a real token and 0 for padding, `[B, keys]`; left out where nothing is padding. */
  attentionMask?: readonly (readonly number[])[] | undefined;
}

/**
 * One additive mask `[queries, keys]` for all rows, or one a row where some row has padding that a real token would
 * see. Padding behind the last real token needs none: causality hides it.
 */
export function attentionMasks({ queries, keys, attentionMask }: AttentionMaskOptions): tf.Tensor2D[] {
  const past = keys - queries;
  const visibleTo = (hidden: (key: number) => boolean): tf.Tensor2D => {
    const mask = new Float32Array(queries * keys);
    for (let query = 0; query < queries; query++) {
      for (let key = 0; key < keys; key++) {
        if (key > past + query || hidden(key)) mask[query * keys + key] = blocked;
      }
    }
    return tf.tensor2d(mask, [queries, keys]);
  };
  const hasInnerPadding = attentionMask?.some(
    (row) => row.lastIndexOf(1) > row.indexOf(0) && row.includes(0),
  );
  if (!attentionMask || !hasInnerPadding) return [visibleTo(() => false)];
  return attentionMask.map((row) => visibleTo((key) => row[key] === 0));
}

/** Position of each token when padding does not count: `[B, T]`; 0 at padding, as transformers has it. */
export function positionsFromMask(attentionMask: readonly (readonly number[])[]): number[][] {
  return attentionMask.map((row) => {
    let position = 0;
    return row.map((real) => (real === 1 ? position++ : 0));
  });
}

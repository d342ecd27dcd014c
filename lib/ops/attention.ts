/** Causal attention with grouped key/value heads, with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./linear.ts";
import { matMul } from "./matmul.ts";

/** Sizes and masks of one attention call. */
export interface AttentionOptions {
  /** Multiplies the scores; 1/sqrt(headDim) in every usual model. */
  scale: number;
  /**
   * One additive mask `[T, S]` a batch row (0 where a query may look, a very negative number elsewhere), or a single
   * one for all rows.
   */
  masks: readonly tf.Tensor2D[];
}

/** One head of one row: x `[B, S, heads, headDim]` -> `[S, headDim]`. */
function headOf(x: tf.Tensor4D, row: number, head: number): tf.Tensor2D {
  const [, length, , width] = x.shape;
  return tf.reshape(tf.slice(x, [row, 0, head, 0], [1, length, 1, width]), [length, width]);
}

/** Puts the heads `[T, headDim]`, row by row, together to `[B, T, heads, headDim]`. */
function joinHeads(parts: tf.Tensor2D[], shape: [number, number, number, number]): tf.Tensor {
  const [batch, length, heads, width] = shape;
  const rows: tf.Tensor[] = [];
  for (let row = 0; row < batch; row++) {
    const ofRow = parts.slice(row * heads, (row + 1) * heads);
    rows.push(tf.reshape(heads === 1 ? ofRow[0]! : tf.concat(ofRow, 1), [1, length, heads, width]));
  }
  return batch === 1 ? rows[0]! : tf.concat(rows, 0);
}

/**
 * `softmax(scale · q kᵀ + mask) v` a head; q `[B, T, heads, headDim]`, k and v `[B, S, kvHeads, headDim]`, result
 * `[B, T, heads, headDim]`. Query head h reads key/value head `floor(h / (heads / kvHeads))`.
 *
 * The heads are walked one by one as plain matrix products: they run at full speed on every backend, where a batched
 * product may not.
 */
export function causalAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { scale, masks }: AttentionOptions,
): tf.Tensor4D {
  const [batch, , heads] = q.shape;
  const group = heads / k.shape[2];
  const maskOf = (row: number): tf.Tensor2D => masks[masks.length === 1 ? 0 : row]!;

  const forward = (inputs: tf.Tensor[], save: (tensors: tf.Tensor[]) => void): tf.Tensor => {
    const [query, key, value] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const outputs: tf.Tensor2D[] = [];
    const probabilities: tf.Tensor2D[] = [];
    for (let row = 0; row < batch; row++) {
      for (let head = 0; head < heads; head++) {
        const shared = Math.floor(head / group);
        const scores = matMul(headOf(query, row, head), headOf(key, row, shared), { transposeB: true });
        const weights = tf.softmax<tf.Tensor2D>(tf.add(tf.mul(scores, scale), maskOf(row))); // [T, S]
        probabilities.push(weights);
        outputs.push(matMul(weights, headOf(value, row, shared)));
      }
    }
    save([query, key, value, ...probabilities]);
    return joinHeads(outputs, q.shape);
  };

  const backward = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
    const [query, key, value, ...probabilities] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const dq: tf.Tensor2D[] = [];
    const dk: tf.Tensor2D[] = [];
    const dv: tf.Tensor2D[] = [];
    for (let row = 0; row < batch; row++) {
      for (let head = 0; head < heads; head++) {
        const [ofQuery, ofKey, ofValue] = tf.tidy(() => {
          const shared = Math.floor(head / group);
          const weights = probabilities[row * heads + head] as unknown as tf.Tensor2D;
          const dOut = headOf(dy as tf.Tensor4D, row, head); // [T, headDim]
          const dWeights = matMul(dOut, headOf(value, row, shared), { transposeB: true }); // [T, S]
          const product = tf.mul(weights, dWeights);
          const centred = tf.sub(product, tf.mul(weights, tf.sum(product, -1, true)));
          const dScores = tf.mul<tf.Tensor2D>(centred, scale);
          return [
            matMul(dScores, headOf(key, row, shared)),
            matMul(dScores, headOf(query, row, head), { transposeA: true }),
            matMul(weights, dOut, { transposeA: true }),
          ] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        });
        dq.push(ofQuery);
        if (head % group === 0) {
          dk.push(ofKey);
          dv.push(ofValue);
        } else {
          dk.push(tf.add(dk.pop()!, ofKey));
          dv.push(tf.add(dv.pop()!, ofValue));
        }
      }
    }
    return [joinHeads(dq, q.shape), joinHeads(dk, k.shape), joinHeads(dv, v.shape)];
  };

  return withGradient([q, k, v], forward, backward) as tf.Tensor4D;
}

/** Attention without a gradient for one new position: the heads in one batched product. Shapes as above, T = 1. */
export function decodeAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { scale, masks }: AttentionOptions,
): tf.Tensor4D {
  const [batch, length, heads, width] = q.shape;
  const kvHeads = k.shape[2];
  return tf.tidy(() => {
    // The queries of one group share their key: [B, kvHeads, group · T, headDim].
    const grouped = tf.reshape(q, [batch, kvHeads, (heads / kvHeads) * length, width]);
    const scores = tf.mul(tf.matMul(grouped, tf.transpose(k, [0, 2, 1, 3]), false, true), scale);
    const mask = tf.reshape(tf.stack([...masks]), [masks.length, 1, length, k.shape[1]]);
    const weights = tf.softmax(tf.add(scores, mask));
    const mixed = tf.matMul(weights, tf.transpose(v, [0, 2, 1, 3])); // [B, kvHeads, group, headDim]
    return tf.reshape(mixed, [batch, length, heads, width]);
  });
}

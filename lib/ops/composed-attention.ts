/** Causal attention composed of tfjs operations: for backends without a kernel, dropout of weights, and second gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { dropoutMask, type DropoutOptions } from "./dropout.ts";
import { withGradient } from "./gradient.ts";
import { matMul } from "./matmul.ts";

/** Sizes and masks of one attention call. */
export interface AttentionOptions {
  /** Multiplies the scores; 1/sqrt(headDim) in every usual model. */
  scale: number;
  /**
   * int32 `[B, S]` or `[1, S]`: a query sees only keys with its own number; 0 is padding, which nobody sees. One
   * segment of ones where nothing is padding; one number a document where several are packed into a row.
   */
  segments: tf.Tensor2D;
  /** How many of the last keys a query sees, itself among them; 0 or left out for all. */
  window?: number;
  /** c > 0 replaces a score s by c · tanh(s / c), as Gemma 2 does. */
  softcap?: number;
  /** In training: leaves out a share of the weights of the softmax, and scales up the others. */
  dropout?: DropoutOptions | undefined;
}

/** Large enough that softmax gives exactly 0, small enough that a whole row of it still has a softmax. */
const blocked = -1e9;

/** One additive mask `[T, S]` a row of segments: 0 where a query may look, a very negative number elsewhere. */
export function additiveMasks(length: number, segments: tf.Tensor2D, window: number): tf.Tensor2D[] {
  const keys = segments.shape[1];
  return tf.tidy(() => {
    const queryPosition = tf.reshape(tf.range(keys - length, keys), [length, 1]);
    const keyPosition = tf.reshape(tf.range(0, keys), [1, keys]);
    const distance = tf.sub(queryPosition, keyPosition); // [T, S]
    let near = tf.cast(tf.greaterEqual(distance, 0), "float32");
    if (window > 0) near = tf.mul(near, tf.cast(tf.less(distance, window), "float32"));
    return tf.unstack(tf.cast(segments, "float32")).map((row) => {
      const ofKey = tf.reshape(row, [1, keys]);
      const ofQuery = tf.reshape(tf.slice(row, [keys - length], [length]), [length, 1]);
      const same = tf.cast(tf.equal(ofQuery, ofKey), "float32");
      const real = tf.cast(tf.greater(ofKey, 0), "float32");
      const seen = tf.mul(tf.mul(near, same), real);
      return tf.mul(tf.sub(1, seen), blocked) as unknown as tf.Tensor2D;
    });
  });
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

/** The weights `[T, S]` of one head, and the slope of the cap at the scores where there is one. */
function headWeights(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  { scale, softcap, mask }: { scale: number; softcap: number; mask: tf.Tensor2D },
): { weights: tf.Tensor2D; capSlope: tf.Tensor | undefined } {
  const scores = tf.mul(matMul(q, k, { transposeB: true }), scale);
  const bounded = softcap > 0 ? tf.tanh(tf.div(scores, softcap)) : undefined;
  const capped = bounded ? tf.mul(bounded, softcap) : scores;
  const capSlope = bounded && tf.sub(1, tf.square(bounded));
  return { weights: tf.softmax<tf.Tensor2D>(tf.add(capped, mask)), capSlope };
}

/** q, k and v. */
export type QueryKeyValue = [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

/** What the weights `[T, S]` of one head are multiplied by, as a part of what all weights `[B, heads, T, S]` are. */
function headDropout(
  dropout: DropoutOptions | undefined,
  head: number,
  [length, keys]: [number, number],
): tf.Tensor2D | undefined {
  return dropout && dropoutMask<tf.Rank.R2>([length, keys], dropout, head * length * keys);
}

const maskOf = (masks: tf.Tensor2D[], row: number): tf.Tensor2D => masks[masks.length === 1 ? 0 : row]!;

/** The composed operation: heads walked one by one as plain matrix products, which every backend does at full speed. */
function composedForward(
  [q, k, v]: QueryKeyValue,
  { scale, segments, window = 0, softcap = 0, dropout }: AttentionOptions,
): tf.Tensor {
  const [batch, length, heads] = q.shape;
  const group = heads / k.shape[2];
  const masks = additiveMasks(length, segments, window);
  const outputs: tf.Tensor2D[] = [];
  for (let row = 0; row < batch; row++) {
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor(head / group);
      outputs.push(
        tf.tidy(() => {
          const options = { scale, softcap, mask: maskOf(masks, row) };
          const { weights } = headWeights(headOf(q, row, head), headOf(k, row, shared), options);
          const left = headDropout(dropout, row * heads + head, weights.shape);
          return matMul(left ? tf.mul(weights, left) : weights, headOf(v, row, shared));
        }),
      );
    }
  }
  return joinHeads(outputs, q.shape);
}

/** dq, dk and dv, head by head. */
export function composedGradient(
  dy: tf.Tensor4D,
  [q, k, v]: QueryKeyValue,
  { scale, segments, window = 0, softcap = 0, dropout }: AttentionOptions,
): tf.Tensor[] {
  const [batch, length, heads] = q.shape;
  const group = heads / k.shape[2];
  const masks = additiveMasks(length, segments, window);
  const dq: tf.Tensor2D[] = [];
  const dk: tf.Tensor2D[] = [];
  const dv: tf.Tensor2D[] = [];
  for (let row = 0; row < batch; row++) {
    for (let head = 0; head < heads; head++) {
      const [ofQuery, ofKey, ofValue] = tf.tidy(() => {
        const shared = Math.floor(head / group);
        const [qh, kh] = [headOf(q, row, head), headOf(k, row, shared)];
        const { weights, capSlope } = headWeights(qh, kh, { scale, softcap, mask: maskOf(masks, row) });
        const dOut = headOf(dy, row, head); // [T, headDim]
        const left = headDropout(dropout, row * heads + head, weights.shape);
        const dLeft = matMul(dOut, headOf(v, row, shared), { transposeB: true }); // [T, S]
        const dWeights = left ? tf.mul(dLeft, left) : dLeft;
        const product = tf.mul(weights, dWeights);
        const centred = tf.sub(product, tf.mul(weights, tf.sum(product, -1, true)));
        const uncapped = capSlope ? tf.mul(centred, capSlope) : centred;
        const dScores = tf.mul<tf.Tensor2D>(uncapped, scale);
        return [
          matMul(dScores, kh),
          matMul(dScores, qh, { transposeA: true }),
          matMul(left ? tf.mul(weights, left) : weights, dOut, { transposeA: true }),
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
  return [joinHeads(dq, q.shape), joinHeads(dk, k.shape), joinHeads(dv, k.shape)];
}

export function composedAttention(inputs: QueryKeyValue, options: AttentionOptions): tf.Tensor4D {
  return withGradient(
    inputs,
    (tensors, save) => {
      save([...tensors, options.segments]);
      return composedForward(tensors as QueryKeyValue, options);
    },
    (dy, [q, k, v, segments]) =>
      composedGradient(dy as tf.Tensor4D, [q, k, v] as QueryKeyValue, {
        ...options,
        segments: segments as tf.Tensor2D,
      }),
  ) as tf.Tensor4D;
}

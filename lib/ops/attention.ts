/** Causal attention with grouped key/value heads, padding, segments, a sliding window and capped scores, with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel } from "../backends/index.ts";
import { isTapeOn, withGradient } from "./gradient.ts";
import { matMul } from "./matmul.ts";
import { hasRank, sameShape, shapeError } from "./shapes.ts";

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
}

/** Large enough that softmax gives exactly 0, small enough that a whole row of it still has a softmax. */
const blocked = -1e9;

/** One additive mask `[T, S]` a row of segments: 0 where a query may look, a very negative number elsewhere. */
function additiveMasks(length: number, segments: tf.Tensor2D, window: number): tf.Tensor2D[] {
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

type QueryKeyValue = [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

const maskOf = (masks: tf.Tensor2D[], row: number): tf.Tensor2D => masks[masks.length === 1 ? 0 : row]!;

/** The composed operation: heads walked one by one as plain matrix products, which every backend does at full speed. */
function composedForward(
  [q, k, v]: QueryKeyValue,
  { scale, segments, window = 0, softcap = 0 }: AttentionOptions,
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
          return matMul(weights, headOf(v, row, shared));
        }),
      );
    }
  }
  return joinHeads(outputs, q.shape);
}

/** dq, dk and dv, head by head. */
function composedGradient(
  dy: tf.Tensor4D,
  [q, k, v]: QueryKeyValue,
  { scale, segments, window = 0, softcap = 0 }: AttentionOptions,
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
        const dWeights = matMul(dOut, headOf(v, row, shared), { transposeB: true }); // [T, S]
        const product = tf.mul(weights, dWeights);
        const centred = tf.sub(product, tf.mul(weights, tf.sum(product, -1, true)));
        const uncapped = capSlope ? tf.mul(centred, capSlope) : centred;
        const dScores = tf.mul<tf.Tensor2D>(uncapped, scale);
        return [
          matMul(dScores, kh),
          matMul(dScores, qh, { transposeA: true }),
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
  return [joinHeads(dq, q.shape), joinHeads(dk, k.shape), joinHeads(dv, k.shape)];
}

function composedAttention(inputs: QueryKeyValue, options: AttentionOptions): tf.Tensor4D {
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

/** The fused operation: no more than a tile of scores is ever held, and they are made again in the backward pass. */
function fusedAttention(
  inputs: QueryKeyValue,
  { scale, segments, window = 0, softcap = 0 }: AttentionOptions,
): tf.Tensor4D {
  const attributes = { scale, window, softcap };
  return withGradient(
    inputs,
    ([q, k, v], save) => {
      const [out, logSumExp] = runFusedKernel("Attention", { q: q!, k: k!, v: v!, segments }, attributes);
      save([q!, k!, v!, segments, out!, logSumExp!]);
      return out!;
    },
    (dy, saved) => {
      const [q, k, v, ofSegments, out, logSumExp] = saved as [
        ...QueryKeyValue,
        tf.Tensor2D,
        tf.Tensor,
        tf.Tensor,
      ];
      if (isTapeOn()) {
        const all = { scale, window, softcap, segments: ofSegments };
        return composedGradient(dy as tf.Tensor4D, [q, k, v], all);
      }
      return runFusedKernel(
        "AttentionGrad",
        { dy, q, k, v, segments: ofSegments, out, logSumExp },
        attributes,
      );
    },
  ) as tf.Tensor4D;
}

/** Checks the shapes of a call in which the first S positions of k and v `[B, capacity, …]` count. */
function checkShapes([q, k, v]: QueryKeyValue, { segments }: AttentionOptions, grows: boolean): void {
  const [batch, length, heads, width] = q.shape;
  const [rows, keys] = segments.shape;
  const fits =
    hasRank(q, 4) &&
    sameShape(k, v) &&
    k.shape[0] === batch &&
    k.shape[3] === width &&
    heads % k.shape[2] === 0 &&
    (rows === 1 || rows === batch) &&
    length <= keys &&
    (grows ? keys <= k.shape[1] : keys === k.shape[1]);
  if (!fits)
    throw shapeError(
      "attention",
      { q, k, v, segments },
      "q [B, T, heads, headDim], k and v [B, S, kvHeads, headDim] and segments [1 or B, S], where S is at least T and " +
        "kvHeads divides heads",
    );
}

/**
 * `softmax(scale · q kᵀ) v` a head over the keys that each query may see; q `[B, T, heads, headDim]`, k and v
 * `[B, S, kvHeads, headDim]`, result `[B, T, heads, headDim]`. Query head h reads key/value head
 * `floor(h / (heads / kvHeads))`; query t stands at key position S - T + t and sees no key behind it. What a query gets
 * that sees nothing, padding, has no meaning.
 *
 * @throws ResidencyError E_SHAPE when the shapes do not fit.
 * @example
 * const [q, k, v]: tf.Tensor4D[] = [tf.ones([1, 2, 1, 2]), tf.ones([1, 2, 1, 2]), tf.tensor4d([1, 1, 3, 3], [1, 2, 1, 2])];
 * causalAttention(q!, k!, v!, { scale: 1, segments: attentionSegments(2) }); // → [[[[1, 1]], [[2, 2]]]]
 */
export function causalAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: AttentionOptions,
): tf.Tensor4D {
  checkShapes([q, k, v], options, false);
  return hasFusedKernel("Attention") && hasFusedKernel("AttentionGrad")
    ? fusedAttention([q, k, v], options)
    : composedAttention([q, k, v], options);
}

/**
 * The same without a gradient, for new positions behind a cache; k and v may be longer than the segments, whose length
 * says how many positions are filled.
 *
 * @example
 * const [k, v]: tf.Tensor4D[] = [tf.ones([1, 2, 1, 2]), tf.tensor4d([1, 1, 3, 3], [1, 2, 1, 2])];
 * decodeAttention(tf.ones([1, 1, 1, 2]), k!, v!, { scale: 1, segments: attentionSegments(2) }); // → [[[[2, 2]]]]
 */
export function decodeAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: AttentionOptions,
): tf.Tensor4D {
  checkShapes([q, k, v], options, true);
  const { scale, segments, window = 0, softcap = 0 } = options;
  if (hasFusedKernel("Attention")) {
    return tf.tidy(
      () => runFusedKernel("Attention", { q, k, v, segments }, { scale, window, softcap })[0] as tf.Tensor4D,
    );
  }
  const [batch, length, heads, width] = q.shape;
  const keys = segments.shape[1];
  const kvHeads = k.shape[2];
  if (length !== 1 || softcap > 0) return composedAttention([q, k, v], options);
  return tf.tidy(() => {
    // The queries of one group share their key: [B, kvHeads, group, headDim].
    const grouped = tf.reshape(q, [batch, kvHeads, heads / kvHeads, width]);
    const scores = tf.mul(tf.matMul(grouped, tf.transpose(k, [0, 2, 1, 3]), false, true), scale);
    const masks = additiveMasks(length, segments, window);
    const mask = tf.reshape(tf.stack(masks), [masks.length, 1, 1, keys]);
    const weights = tf.softmax(tf.add(scores, mask));
    const mixed = tf.matMul(weights, tf.transpose(v, [0, 2, 1, 3])); // [B, kvHeads, group, headDim]
    return tf.reshape(mixed, [batch, length, heads, width]);
  });
}

/**
 * Puts new positions x `[B, T, kvHeads, headDim]` behind the first `position` ones of a cache, in place.
 *
 * @example
 * const cache: tf.Tensor4D = tf.zeros([1, 2, 1, 1]);
 * if (canAppendInPlace()) appendInPlace(cache, tf.ones([1, 1, 1, 1]), 1);
 */
export function appendInPlace(into: tf.Tensor4D, x: tf.Tensor4D, position: number): void {
  runFusedKernel("CopyInto", { into, x }, { position });
}

/**
 * Whether the backend can fill a cache in place.
 *
 * @example
 * canAppendInPlace(); // → true
 */
export function canAppendInPlace(): boolean {
  return hasFusedKernel("CopyInto") && hasFusedKernel("Attention");
}

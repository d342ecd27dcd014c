/** Causal attention with grouped key/value heads, padding, segments, a sliding window and capped scores, with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel } from "../backends/index.ts";
import {
  additiveMasks,
  composedAttention,
  composedGradient,
  type AttentionOptions,
  type QueryKeyValue,
} from "./composed-attention.ts";
import { isTapeOn, withGradient } from "./gradient.ts";
import { hasRank, sameShape, shapeError } from "./shapes.ts";

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
  // Kernels never hold the weights that dropout is applied to.
  return hasFusedKernel("Attention") && hasFusedKernel("AttentionGrad") && !options.dropout
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

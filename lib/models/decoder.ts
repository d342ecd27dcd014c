/** What every decoder shares: attention with or without a cache, and the walk through its layers. */
import * as tf from "@tensorflow/tfjs-core";
import {
  dropoutSeed,
  type KeyValueCache,
  type LinearLayer,
  type Module,
  type Norm,
  type RotaryAngles,
} from "../nn/index.ts";
import {
  applyRotary,
  causalAttention,
  checkpoint,
  decodeAttention,
  lastPositions,
  reshape,
} from "../ops/index.ts";

/** What all layers of one pass share. */
export interface PassContext {
  /** `[1, T]` for the whole batch, or `[B, T]`. */
  positions: readonly (readonly number[])[];
  /** Of models with rotary positions. */
  angles?: RotaryAngles | undefined;
  /** int32 `[B, S]` or `[1, S]`, as {@link causalAttention} takes it. */
  segments: tf.Tensor2D;
  cache?: KeyValueCache | undefined;
  /**
   * The first position whose hidden state is asked for, 0 when left out. The last layer makes keys and values of all positions, and
   * everything else from this one on.
   */
  from?: number;
  /** Whether only each layer's input is kept, and its activations are made again in the backward pass. */
  checkpointing?: boolean;
  /** Gets the embedding and then the output of each layer but the last, `[B, T, hidden]`. */
  onHiddenState?: ((state: tf.Tensor3D) => unknown) | undefined;
}

/** One block of a decoder: x `[B, T, hidden]` -> `[B, T - from, hidden]`. */
export interface DecoderLayer extends Module {
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor3D;
}

/** A transformer without its head: token ids int32 `[B, T]` -> `[B, T - from, hidden]`. */
export interface Decoder extends Module {
  forward(ids: tf.Tensor2D, context: PassContext): tf.Tensor3D;
}

/** Sizes and peculiarities of one layer's attention. */
export interface AttentionShape {
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Multiplies the scores. */
  scale: number;
  /** How many of the last tokens each sees; 0 for all. */
  window?: number;
  /** Bounds the scores, as {@link causalAttention} says; 0 for none. */
  softcap?: number;
  /** The share of the weights that is left out now: 0 unless the layer is in training. */
  dropout?: number;
}

/** Queries `[B, T - from, heads, headDim]`, and keys and values `[B, T, kvHeads, headDim]` of split heads. */
export interface HeadTensors {
  q: tf.Tensor4D;
  k: tf.Tensor4D;
  v: tf.Tensor4D;
}

/** Mixes the values, behind those in the cache where there is one: -> `[B, T - from, heads · headDim]`. */
export function attend(
  { q, k, v }: HeadTensors,
  { scale, window = 0, softcap = 0, dropout: rate = 0 }: AttentionShape,
  layer: number,
  { segments, cache }: PassContext,
): tf.Tensor {
  const options = { scale, segments, window, softcap };
  const [batch, length, heads, headDim] = q.shape;
  let mixed: tf.Tensor4D; // [B, T - from, heads, headDim]
  if (cache) {
    const all = cache.append(layer, k, v);
    mixed = decodeAttention(q, all.key, all.value, options);
  } else {
    const dropout = rate > 0 ? { rate, seed: dropoutSeed() } : undefined;
    mixed = causalAttention(q, k, v, { ...options, dropout });
  }
  return reshape(mixed, [batch, length, heads * headDim]);
}

/** The layers that make queries, keys and values, and norms of each head's queries and keys where a family has them. */
export interface Projections {
  q_proj: LinearLayer;
  k_proj: LinearLayer;
  v_proj: LinearLayer;
  q_norm?: Norm | undefined;
  k_norm?: Norm | undefined;
}

/** Self-attention with rotary positions up to its output layer: x `[B, T, hidden]` -> `[B, T - from, heads · headDim]`. */
export function rotaryAttention(
  x: tf.Tensor3D,
  { q_proj, k_proj, v_proj, q_norm, k_norm }: Projections,
  shape: AttentionShape,
  layer: number,
  context: PassContext,
): tf.Tensor {
  const { angles, from = 0 } = context;
  const { cos, sin } = angles!;
  const heads = (states: tf.Tensor3D, projection: LinearLayer, count: number, norm?: Norm): tf.Tensor4D => {
    const [batch, length] = states.shape;
    const split = reshape<tf.Rank.R4>(projection.forward(states), [batch, length, count, shape.headDim]);
    return norm ? (norm.forward(split) as tf.Tensor4D) : split;
  };
  const asking = heads(lastPositions(x, from), q_proj, shape.heads, q_norm);
  const q = applyRotary(asking, lastPositions(cos, from), lastPositions(sin, from));
  const k = applyRotary(heads(x, k_proj, shape.kvHeads, k_norm), cos, sin);
  return attend({ q, k, v: heads(x, v_proj, shape.kvHeads) }, shape, layer, context);
}

/** One layer whose activations are dropped and made again in the backward pass. */
function checkpointed(layer: DecoderLayer, x: tf.Tensor3D, index: number, context: PassContext): tf.Tensor3D {
  const { positions, angles, segments, from = 0 } = context;
  return checkpoint(x, {
    parameters: [...layer.trainableParameters().values()].map((parameter) => parameter.value),
    constants: angles ? [segments, angles.cos, angles.sin] : [segments],
    run: (input, [ofSegments, cos, sin]) =>
      layer.forward(input as tf.Tensor3D, index, {
        ...{ positions, from },
        segments: ofSegments as tf.Tensor2D,
        angles: angles && { cos: cos as tf.Tensor3D, sin: sin as tf.Tensor3D },
      }),
  }) as tf.Tensor3D;
}

/**
 * Sends the embedding x `[B, T, hidden]`, which it takes over, through the layers, one after the other: `[B, T - from, hidden]`. What
 * a layer made and the backward pass does not need is given back before the next one runs.
 */
export function runLayers(
  layers: readonly DecoderLayer[],
  x: tf.Tensor3D,
  context: PassContext,
): tf.Tensor3D {
  let hidden = x;
  // One token a row makes little, and in generation each scope would cost more than it frees.
  const scope = x.shape[1] === 1 ? (run: () => tf.Tensor3D) => run() : tf.tidy<tf.Tensor3D>;
  const whole = { ...context, from: 0 };
  for (const [index, layer] of layers.entries()) {
    const input = hidden;
    const asked = index === layers.length - 1 ? context : whole;
    context.onHiddenState?.(input);
    hidden = scope(() =>
      context.checkpointing ? checkpointed(layer, input, index, asked) : layer.forward(input, index, asked),
    );
    if (!context.onHiddenState) input.dispose();
  }
  return hidden;
}

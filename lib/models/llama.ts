/** The Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import {
  Embedding,
  Linear,
  Module,
  RMSNorm,
  type KeyValueCache,
  type LinearLayer,
  type Llama3RopeScaling,
  type RotaryAngles,
} from "../nn/index.ts";
import {
  addResidual,
  applyRotary,
  causalAttention,
  checkpoint,
  decodeAttention,
  reshape,
  swiglu,
} from "../ops/index.ts";
import { readCount, readFlag, readPositive, readRope, readTokenIds, type ConfigJson } from "./config.ts";

/** What fixes a Llama model; the names are those of config.json in camelCase. */
export interface LlamaConfig {
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  numKeyValueHeads: number;
  headDim: number;
  rmsNormEps: number;
  ropeTheta: number;
  ropeScaling: Llama3RopeScaling | undefined;
  maxPositionEmbeddings: number;
  tieWordEmbeddings: boolean;
  attentionBias: boolean;
  mlpBias: boolean;
  eosTokenIds: number[];
}

/**
 * Reads a Llama config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 */
export function parseLlamaConfig(json: ConfigJson): LlamaConfig {
  const hiddenSize = readCount(json, "hidden_size");
  const numAttentionHeads = readCount(json, "num_attention_heads");
  const numKeyValueHeads = readCount(json, "num_key_value_heads", numAttentionHeads);
  const headDim = readCount(json, "head_dim", hiddenSize / numAttentionHeads);
  if (numAttentionHeads % numKeyValueHeads !== 0 || headDim % 2 !== 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot use the model's config.json: ${numAttentionHeads} heads cannot share ${numKeyValueHeads} key/value heads, ` +
        `or the head size ${headDim} is odd`,
    );
  }
  const rope = readRope(json);
  return {
    vocabSize: readCount(json, "vocab_size"),
    hiddenSize,
    intermediateSize: readCount(json, "intermediate_size"),
    numHiddenLayers: readCount(json, "num_hidden_layers"),
    numAttentionHeads,
    numKeyValueHeads,
    headDim,
    rmsNormEps: readPositive(json, "rms_norm_eps", 1e-6),
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    maxPositionEmbeddings: readCount(json, "max_position_embeddings", 2048),
    tieWordEmbeddings: readFlag(json, "tie_word_embeddings", false),
    attentionBias: readFlag(json, "attention_bias", false),
    mlpBias: readFlag(json, "mlp_bias", false),
    eosTokenIds: readTokenIds(json, "eos_token_id"),
  };
}

/** What all layers of one pass share. */
export interface LayerContext {
  angles: RotaryAngles;
  /** int32 `[B, S]` or `[1, S]`, as {@link causalAttention} takes it. */
  segments: tf.Tensor2D;
  cache?: KeyValueCache | undefined;
}

/** Grouped-query self-attention with rotary positions. */
export class LlamaAttention extends Module {
  q_proj: LinearLayer;
  k_proj: LinearLayer;
  v_proj: LinearLayer;
  o_proj: LinearLayer;
  readonly #config: LlamaConfig;

  constructor(config: LlamaConfig) {
    super();
    const { hiddenSize, numAttentionHeads, numKeyValueHeads, headDim, attentionBias: bias } = config;
    this.#config = config;
    this.q_proj = new Linear(hiddenSize, numAttentionHeads * headDim, { bias });
    this.k_proj = new Linear(hiddenSize, numKeyValueHeads * headDim, { bias });
    this.v_proj = new Linear(hiddenSize, numKeyValueHeads * headDim, { bias });
    this.o_proj = new Linear(numAttentionHeads * headDim, hiddenSize, { bias });
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor3D, layer: number, { angles, segments, cache }: LayerContext): tf.Tensor {
    const [batch, length] = x.shape;
    const { headDim, numAttentionHeads: heads, numKeyValueHeads: kvHeads } = this.#config;
    const split = (y: tf.Tensor, count: number): tf.Tensor4D =>
      reshape<tf.Rank.R4>(y, [batch, length, count, headDim]);
    const q = applyRotary(split(this.q_proj.forward(x), heads), angles.cos, angles.sin);
    const k = applyRotary(split(this.k_proj.forward(x), kvHeads), angles.cos, angles.sin);
    const v = split(this.v_proj.forward(x), kvHeads);
    const options = { scale: 1 / Math.sqrt(headDim), segments };
    let mixed: tf.Tensor4D; // [B, T, heads, headDim]
    if (cache) {
      const all = cache.append(layer, k, v);
      mixed = decodeAttention(q, all.key, all.value, options);
    } else {
      mixed = causalAttention(q, k, v, options);
    }
    return this.o_proj.forward(reshape(mixed, [batch, length, heads * headDim]));
  }
}

/** The gated feed-forward layer. */
export class LlamaMLP extends Module {
  gate_proj: LinearLayer;
  up_proj: LinearLayer;
  down_proj: LinearLayer;

  constructor({ hiddenSize, intermediateSize, mlpBias: bias }: LlamaConfig) {
    super();
    this.gate_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.up_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.down_proj = new Linear(intermediateSize, hiddenSize, { bias });
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor): tf.Tensor {
    return this.down_proj.forward(swiglu(this.gate_proj.forward(x), this.up_proj.forward(x)));
  }
}

/** One block: attention and feed-forward, each behind a norm and added to the stream. */
export class LlamaDecoderLayer extends Module {
  readonly self_attn: LlamaAttention;
  readonly mlp: LlamaMLP;
  readonly input_layernorm: RMSNorm;
  readonly post_attention_layernorm: RMSNorm;

  constructor(config: LlamaConfig) {
    super();
    this.self_attn = new LlamaAttention(config);
    this.mlp = new LlamaMLP(config);
    this.input_layernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps);
    this.post_attention_layernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps);
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: LayerContext): tf.Tensor3D {
    const attention = this.self_attn.forward(this.input_layernorm.forward(x) as tf.Tensor3D, layer, context);
    const attended = addResidual(x, attention);
    const fed = this.mlp.forward(this.post_attention_layernorm.forward(attended));
    return addResidual(attended, fed) as tf.Tensor3D;
  }
}

/** The transformer without its head. */
export class LlamaModel extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: LlamaDecoderLayer[];
  readonly norm: RMSNorm;
  /** Whether training keeps only each layer's input and makes its activations again in the backward pass. */
  gradientCheckpointing = false;

  constructor(config: LlamaConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocabSize, config.hiddenSize);
    this.layers = Array.from({ length: config.numHiddenLayers }, () => new LlamaDecoderLayer(config));
    this.norm = new RMSNorm(config.hiddenSize, config.rmsNormEps);
  }

  /** Token ids int32 `[B, T]` -> hidden states `[B, T, hidden]` */
  forward(ids: tf.Tensor2D, context: LayerContext): tf.Tensor3D {
    let x = this.embed_tokens.forward(ids);
    for (const [index, layer] of this.layers.entries()) {
      x =
        this.gradientCheckpointing && this.training
          ? this.#checkpointed(layer, x, index, context)
          : layer.forward(x, index, context);
    }
    return this.norm.forward(x) as tf.Tensor3D;
  }

  #checkpointed(layer: LlamaDecoderLayer, x: tf.Tensor3D, index: number, context: LayerContext): tf.Tensor3D {
    const { angles, segments } = context;
    return checkpoint(x, {
      parameters: [...layer.trainableParameters().values()].map((parameter) => parameter.value),
      constants: [angles.cos, angles.sin, segments],
      run: (input, [cos, sin, ofSegments]) =>
        layer.forward(input as tf.Tensor3D, index, {
          angles: { cos: cos as tf.Tensor3D, sin: sin as tf.Tensor3D },
          segments: ofSegments as tf.Tensor2D,
        }),
    }) as tf.Tensor3D;
  }
}

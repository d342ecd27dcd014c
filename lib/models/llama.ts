/** The Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU. Mistral and Qwen are built of it. */
import type * as tf from "@tensorflow/tfjs-core";
import { Embedding, Linear, Module, RMSNorm, type LinearLayer, type RotaryOptions } from "../nn/index.ts";
import { addResidual, gatedActivation, lastPositions, scaleBy } from "../ops/index.ts";
import { CausalLM, type CausalLMConfig } from "./causal-lm.ts";
import {
  readChoice,
  readCount,
  readDropout,
  readFlag,
  readHeads,
  readPositive,
  readTokenIds,
  type ConfigJson,
} from "./config.ts";
import { rotaryAttention, runLayers, type AttentionShape, type PassContext } from "./decoder.ts";
import { languageModelHead } from "./head.ts";
import { readRope } from "./rope-config.ts";

/** The activation of the feed-forward gate. */
type GateActivation = Parameters<typeof gatedActivation>[2];

/** What fixes a model of this layout; the names are those of config.json in camelCase. */
export interface LlamaConfig extends CausalLMConfig {
  intermediateSize: number;
  rmsNormEps: number;
  rotary: RotaryOptions;
  hiddenActivation: GateActivation;
  /** Whether queries, keys and values have a bias. */
  attentionBias: boolean;
  /** Whether attention's output layer has one. */
  attentionOutputBias: boolean;
  mlpBias: boolean;
  /** The share of attention's weights that training leaves out. */
  attentionDropout: number;
  /** Whether each head's queries and keys are normalised, as in Qwen 3. */
  queryKeyNorm: boolean;
  /** How many of the last tokens each layer sees; 0 for all. */
  slidingWindows: number[];
  /** Added to the weights of norms: 1 in Gemma. */
  normOffset: number;
  /** What the embedding is multiplied by: sqrt(hiddenSize) in Gemma. */
  embeddingScale: number;
}

/** The names of config.json for the gate's activation. */
const gateActivations: Readonly<Record<string, GateActivation>> = {
  silu: "silu",
  swish: "silu",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu_new: "gelu_tanh",
};

/** Where a family's config.json has other defaults than Llama's. */
export interface LlamaDefaults {
  headDim?: number;
  maxPositionEmbeddings?: number;
  tieWordEmbeddings?: boolean;
  activationField?: string;
  activation?: string;
}

/**
 * Reads a config.json of the Llama layout.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * parseLlamaConfig(config).hiddenSize; // → 256
 */
export function parseLlamaConfig(json: ConfigJson, defaults: LlamaDefaults = {}): LlamaConfig {
  const heads = readHeads(json, defaults.headDim);
  const numHiddenLayers = readCount(json, "num_hidden_layers");
  const maxPositionEmbeddings = readCount(
    json,
    "max_position_embeddings",
    defaults.maxPositionEmbeddings ?? 2048,
  );
  const attentionBias = readFlag(json, "attention_bias", false);
  const { activationField = "hidden_act", activation = "silu" } = defaults;
  return {
    ...heads,
    vocabSize: readCount(json, "vocab_size"),
    hiddenSize: readCount(json, "hidden_size"),
    intermediateSize: readCount(json, "intermediate_size"),
    numHiddenLayers,
    rmsNormEps: readPositive(json, "rms_norm_eps", 1e-6),
    rotary: readRope(json, { headDim: heads.headDim, maxPositionEmbeddings }),
    hiddenActivation: readChoice(json, activationField, gateActivations, activation),
    maxPositionEmbeddings,
    tieWordEmbeddings: readFlag(json, "tie_word_embeddings", defaults.tieWordEmbeddings ?? false),
    attentionBias,
    attentionOutputBias: attentionBias,
    mlpBias: readFlag(json, "mlp_bias", false),
    attentionDropout: readDropout(json, "attention_dropout"),
    queryKeyNorm: false,
    slidingWindows: Array.from({ length: numHiddenLayers }, () => 0),
    normOffset: 0,
    embeddingScale: 1,
    eosTokenIds: readTokenIds(json, "eos_token_id"),
  };
}

/** Grouped-query self-attention with rotary positions. */
export class LlamaAttention extends Module {
  q_proj: LinearLayer;
  k_proj: LinearLayer;
  v_proj: LinearLayer;
  o_proj: LinearLayer;
  readonly q_norm: RMSNorm | undefined;
  readonly k_norm: RMSNorm | undefined;
  readonly #shape: AttentionShape;
  readonly #dropout: number;

  constructor(config: LlamaConfig, layer: number, { scale, softcap }: Partial<AttentionShape> = {}) {
    super();
    const { hiddenSize, numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim } = config;
    const { attentionBias: bias, attentionOutputBias, queryKeyNorm, rmsNormEps } = config;
    this.#shape = {
      heads,
      kvHeads,
      headDim,
      scale: scale ?? 1 / Math.sqrt(headDim),
      window: config.slidingWindows[layer]!,
      softcap: softcap ?? 0,
    };
    this.#dropout = config.attentionDropout;
    this.q_proj = new Linear(hiddenSize, heads * headDim, { bias });
    this.k_proj = new Linear(hiddenSize, kvHeads * headDim, { bias });
    this.v_proj = new Linear(hiddenSize, kvHeads * headDim, { bias });
    this.o_proj = new Linear(heads * headDim, hiddenSize, { bias: attentionOutputBias });
    this.q_norm = queryKeyNorm ? new RMSNorm(headDim, rmsNormEps) : undefined;
    this.k_norm = queryKeyNorm ? new RMSNorm(headDim, rmsNormEps) : undefined;
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor {
    const shape = { ...this.#shape, dropout: this.training ? this.#dropout : 0 };
    return this.o_proj.forward(rotaryAttention(x, this, shape, layer, context));
  }
}

/** The gated feed-forward layer. */
export class LlamaMLP extends Module {
  gate_proj: LinearLayer;
  up_proj: LinearLayer;
  down_proj: LinearLayer;
  readonly #activation: GateActivation;

  constructor({ hiddenSize, intermediateSize, mlpBias: bias, hiddenActivation }: LlamaConfig) {
    super();
    this.gate_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.up_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.down_proj = new Linear(intermediateSize, hiddenSize, { bias });
    this.#activation = hiddenActivation;
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor): tf.Tensor {
    const gated = gatedActivation(this.gate_proj.forward(x), this.up_proj.forward(x), this.#activation);
    return this.down_proj.forward(gated);
  }
}

/** One block: attention and feed-forward, each behind a norm and added to the stream. */
export class LlamaDecoderLayer extends Module {
  readonly self_attn: LlamaAttention;
  readonly mlp: LlamaMLP;
  readonly input_layernorm: RMSNorm;
  readonly post_attention_layernorm: RMSNorm;

  constructor(config: LlamaConfig, layer: number) {
    super();
    const norm = (): RMSNorm =>
      new RMSNorm(config.hiddenSize, config.rmsNormEps, { offset: config.normOffset });
    this.self_attn = new LlamaAttention(config, layer);
    this.mlp = new LlamaMLP(config);
    this.input_layernorm = norm();
    this.post_attention_layernorm = norm();
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor3D {
    const attention = this.self_attn.forward(this.input_layernorm.forward(x) as tf.Tensor3D, layer, context);
    const attended = addResidual(lastPositions(x, context.from ?? 0), attention);
    const fed = this.mlp.forward(this.post_attention_layernorm.forward(attended));
    return addResidual(attended, fed) as tf.Tensor3D;
  }
}

/** The transformer without its head. */
export class LlamaModel extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: LlamaDecoderLayer[];
  readonly norm: RMSNorm;
  readonly #embeddingScale: number;

  constructor(config: LlamaConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocabSize, config.hiddenSize);
    this.layers = Array.from(
      { length: config.numHiddenLayers },
      (_, layer) => new LlamaDecoderLayer(config, layer),
    );
    this.norm = new RMSNorm(config.hiddenSize, config.rmsNormEps, { offset: config.normOffset });
    this.#embeddingScale = config.embeddingScale;
  }

  /** Token ids int32 `[B, T]` -> hidden states `[B, T - from, hidden]` */
  forward(ids: tf.Tensor2D, context: PassContext): tf.Tensor3D {
    const embedded = this.embed_tokens.forward(ids);
    const x = this.#embeddingScale === 1 ? embedded : scaleBy(embedded, this.#embeddingScale);
    return this.norm.forward(runLayers(this.layers, x as tf.Tensor3D, context)) as tf.Tensor3D;
  }
}

/** A model of this layout with a language-modelling head; a family says how its config.json is read. */
export abstract class LlamaLayoutForCausalLM extends CausalLM<LlamaConfig> {
  readonly model: LlamaModel;
  lm_head: LinearLayer;

  constructor(configJson: ConfigJson, config: LlamaConfig) {
    super(configJson, config);
    this.model = new LlamaModel(config);
    this.lm_head = languageModelHead(config, this.model.embed_tokens.weight);
  }

  protected get decoder(): LlamaModel {
    return this.model;
  }

  get baseModelPrefix(): string {
    return "model";
  }
}

/**
 * Llama, SmolLM2, TinyLlama and others of their layout.
 *
 * @example
 * const llama = await LlamaForCausalLM.fromPretrained("assets/intern");
 * llama.forward({ inputIds: [[5, 6, 7]] }).logits.shape; // → [1, 3, 6144]
 */
export class LlamaForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "LlamaForCausalLM";
  static readonly modelType = "llama";

  constructor(configJson: ConfigJson) {
    super(configJson, parseLlamaConfig(configJson));
  }
}

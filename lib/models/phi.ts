/** Phi 1, 1.5 and 2: attention and feed-forward side by side behind one LayerNorm, partly rotary positions, biases. */
import type * as tf from "@tensorflow/tfjs-core";
import {
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  type LinearLayer,
  type RotaryOptions,
} from "../nn/index.ts";
import { addResidual, gelu, lastPositions } from "../ops/index.ts";
import { CausalLM, type CausalLMConfig } from "./causal-lm.ts";
import {
  geluForms,
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

/** What fixes a Phi model. */
export interface PhiConfig extends CausalLMConfig {
  intermediateSize: number;
  layerNormEps: number;
  rotary: RotaryOptions;
  /** Whether GELU is computed by tanh. */
  approximateGelu: boolean;
  /** Whether each head's queries and keys are normalised. */
  qkLayernorm: boolean;
  /** The shares that training leaves out: of the embedding, of attention's weights, and of what each layer adds to the stream. */
  embeddingDropout: number;
  attentionDropout: number;
  residualDropout: number;
}

/**
 * Reads a Phi config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * parsePhiConfig({ ...shape, vocab_size: 64, partial_rotary_factor: 0.5 }).intermediateSize; // → 32
 */
export function parsePhiConfig(json: ConfigJson): PhiConfig {
  const heads = readHeads(json);
  const maxPositionEmbeddings = readCount(json, "max_position_embeddings", 2048);
  return {
    ...heads,
    vocabSize: readCount(json, "vocab_size"),
    hiddenSize: readCount(json, "hidden_size"),
    intermediateSize: readCount(json, "intermediate_size"),
    numHiddenLayers: readCount(json, "num_hidden_layers"),
    maxPositionEmbeddings,
    layerNormEps: readPositive(json, "layer_norm_eps", 1e-5),
    rotary: readRope(json, { headDim: heads.headDim, maxPositionEmbeddings, partialRotaryFactor: 0.5 }),
    approximateGelu: readChoice(json, "hidden_act", geluForms, "gelu_new"),
    qkLayernorm: readFlag(json, "qk_layernorm", false),
    embeddingDropout: readDropout(json, "embd_pdrop"),
    attentionDropout: readDropout(json, "attention_dropout"),
    residualDropout: readDropout(json, "resid_pdrop"),
    tieWordEmbeddings: readFlag(json, "tie_word_embeddings", false),
    eosTokenIds: readTokenIds(json, "eos_token_id"),
  };
}

/** Self-attention that turns only the first coordinates of each head. */
export class PhiAttention extends Module {
  q_proj: LinearLayer;
  k_proj: LinearLayer;
  v_proj: LinearLayer;
  dense: LinearLayer;
  readonly q_layernorm: LayerNorm | undefined;
  readonly k_layernorm: LayerNorm | undefined;
  readonly #shape: AttentionShape;
  readonly #dropout: number;

  constructor(config: PhiConfig) {
    super();
    const { hiddenSize, numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim } = config;
    const norm = (): LayerNorm | undefined =>
      config.qkLayernorm ? new LayerNorm(headDim, config.layerNormEps) : undefined;
    this.#dropout = config.attentionDropout;
    this.#shape = { heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim) };
    this.q_proj = new Linear(hiddenSize, heads * headDim, { bias: true });
    this.k_proj = new Linear(hiddenSize, kvHeads * headDim, { bias: true });
    this.v_proj = new Linear(hiddenSize, kvHeads * headDim, { bias: true });
    this.dense = new Linear(heads * headDim, hiddenSize, { bias: true });
    this.q_layernorm = norm();
    this.k_layernorm = norm();
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor {
    const { q_proj, k_proj, v_proj, q_layernorm: q_norm, k_layernorm: k_norm } = this;
    const projections = { q_proj, k_proj, v_proj, q_norm, k_norm };
    const shape = { ...this.#shape, dropout: this.training ? this.#dropout : 0 };
    return this.dense.forward(rotaryAttention(x, projections, shape, layer, context));
  }
}

/** The feed-forward layer. */
export class PhiMLP extends Module {
  fc1: LinearLayer;
  fc2: LinearLayer;
  readonly #approximate: boolean;

  constructor({ hiddenSize, intermediateSize, approximateGelu }: PhiConfig) {
    super();
    this.fc1 = new Linear(hiddenSize, intermediateSize, { bias: true });
    this.fc2 = new Linear(intermediateSize, hiddenSize, { bias: true });
    this.#approximate = approximateGelu;
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor): tf.Tensor {
    return this.fc2.forward(gelu(this.fc1.forward(x), { approximate: this.#approximate }));
  }
}

/** One block: `x + attention(norm(x)) + feedForward(norm(x))`. */
export class PhiDecoderLayer extends Module {
  readonly self_attn: PhiAttention;
  readonly mlp: PhiMLP;
  readonly input_layernorm: LayerNorm;
  readonly resid_dropout: Dropout;

  constructor(config: PhiConfig) {
    super();
    this.self_attn = new PhiAttention(config);
    this.mlp = new PhiMLP(config);
    this.input_layernorm = new LayerNorm(config.hiddenSize, config.layerNormEps);
    this.resid_dropout = new Dropout(config.residualDropout);
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor3D {
    const from = context.from ?? 0;
    const normed = this.input_layernorm.forward(x) as tf.Tensor3D;
    const attention = this.resid_dropout.forward(this.self_attn.forward(normed, layer, context));
    const fed = this.resid_dropout.forward(this.mlp.forward(lastPositions(normed, from)));
    return addResidual(addResidual(attention, fed), lastPositions(x, from)) as tf.Tensor3D;
  }
}

/** The transformer without its head. */
export class PhiModel extends Module {
  readonly embed_tokens: Embedding;
  readonly embed_dropout: Dropout;
  readonly layers: PhiDecoderLayer[];
  readonly final_layernorm: LayerNorm;

  constructor(config: PhiConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocabSize, config.hiddenSize);
    this.embed_dropout = new Dropout(config.embeddingDropout);
    this.layers = Array.from({ length: config.numHiddenLayers }, () => new PhiDecoderLayer(config));
    this.final_layernorm = new LayerNorm(config.hiddenSize, config.layerNormEps);
  }

  /** Token ids int32 `[B, T]` -> hidden states `[B, T - from, hidden]` */
  forward(ids: tf.Tensor2D, context: PassContext): tf.Tensor3D {
    const x = this.embed_dropout.forward(this.embed_tokens.forward(ids));
    return this.final_layernorm.forward(runLayers(this.layers, x, context)) as tf.Tensor3D;
  }
}

/**
 * A Phi model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * const phi = new PhiForCausalLM({ ...shape, vocab_size: 64, partial_rotary_factor: 0.5 });
 * targetCoverage(phi, new LoraConfig({ targetModules: ["dense"] })).layers.length; // → 2
 */
export class PhiForCausalLM extends CausalLM<PhiConfig> {
  static readonly architecture = "PhiForCausalLM";
  static readonly modelType = "phi";
  readonly model: PhiModel;
  lm_head: LinearLayer;

  constructor(configJson: ConfigJson) {
    const config = parsePhiConfig(configJson);
    super(configJson, config);
    this.model = new PhiModel(config);
    this.lm_head = languageModelHead(config, this.model.embed_tokens.weight, { bias: true });
  }

  protected get decoder(): PhiModel {
    return this.model;
  }

  get baseModelPrefix(): string {
    return "model";
  }
}

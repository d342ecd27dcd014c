/** Gemma 2: four norms a block, bounded scores and logits, and a window in every second layer. */
import type * as tf from "@tensorflow/tfjs-core";
import { Embedding, Module, RMSNorm, type LinearLayer } from "../nn/index.ts";
import { addResidual, lastPositions, scaleBy } from "../ops/index.ts";
import { CausalLM } from "./causal-lm.ts";
import { readOptional, readPositive, readWindows, refuse, type ConfigJson } from "./config.ts";
import { runLayers, type PassContext } from "./decoder.ts";
import { languageModelHead } from "./head.ts";
import { LlamaAttention, LlamaMLP, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/** What fixes a Gemma 2 model. */
export interface Gemma2Config extends LlamaConfig {
  /** Scores are divided by its square root. */
  queryPreAttnScalar: number;
  /** Bounds the scores; 0 for none. */
  attnLogitSoftcapping: number;
  finalLogitSoftcapping: number;
}

/**
 * Reads a Gemma 2 config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * const options = { num_key_value_heads: 1, head_dim: 8, query_pre_attn_scalar: 8, final_logit_softcapping: 30 };
 * parseGemma2Config({ ...shape, ...options, vocab_size: 64 }).finalLogitSoftcapping; // → 30
 */
export function parseGemma2Config(json: ConfigJson): Gemma2Config {
  if (json["use_bidirectional_attention"] === true) {
    refuse("use_bidirectional_attention", true, "false: only causal attention is computed");
  }
  const config = parseLlamaConfig(json, {
    headDim: 256,
    maxPositionEmbeddings: 8192,
    tieWordEmbeddings: true,
    activationField: "hidden_activation",
    activation: "gelu_pytorch_tanh",
  });
  const bound = (field: string, fallback: number): number =>
    json[field] === undefined ? fallback : readOptional(json, field);
  return {
    ...config,
    normOffset: 1,
    embeddingScale: Math.sqrt(config.hiddenSize),
    slidingWindows: readWindows(
      { sliding_window: 4096, ...json },
      config.numHiddenLayers,
      (layer) => layer % 2 === 0,
    ),
    queryPreAttnScalar: readPositive(json, "query_pre_attn_scalar", 256),
    attnLogitSoftcapping: bound("attn_logit_softcapping", 50),
    finalLogitSoftcapping: bound("final_logit_softcapping", 30),
  };
}

/** One block: a norm before and behind attention, and before and behind the feed-forward layer. */
export class Gemma2DecoderLayer extends Module {
  readonly self_attn: LlamaAttention;
  readonly mlp: LlamaMLP;
  readonly input_layernorm: RMSNorm;
  readonly post_attention_layernorm: RMSNorm;
  readonly pre_feedforward_layernorm: RMSNorm;
  readonly post_feedforward_layernorm: RMSNorm;

  constructor(config: Gemma2Config, layer: number) {
    super();
    const norm = (): RMSNorm => new RMSNorm(config.hiddenSize, config.rmsNormEps, { offset: 1 });
    this.self_attn = new LlamaAttention(config, layer, {
      scale: 1 / Math.sqrt(config.queryPreAttnScalar),
      softcap: config.attnLogitSoftcapping,
    });
    this.mlp = new LlamaMLP(config);
    this.input_layernorm = norm();
    this.post_attention_layernorm = norm();
    this.pre_feedforward_layernorm = norm();
    this.post_feedforward_layernorm = norm();
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor3D {
    const attention = this.self_attn.forward(this.input_layernorm.forward(x) as tf.Tensor3D, layer, context);
    const attended = addResidual(
      lastPositions(x, context.from ?? 0),
      this.post_attention_layernorm.forward(attention),
    );
    const fed = this.mlp.forward(this.pre_feedforward_layernorm.forward(attended));
    return addResidual(attended, this.post_feedforward_layernorm.forward(fed)) as tf.Tensor3D;
  }
}

/** The transformer without its head. */
export class Gemma2Model extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: Gemma2DecoderLayer[];
  readonly norm: RMSNorm;
  readonly #embeddingScale: number;

  constructor(config: Gemma2Config) {
    super();
    this.embed_tokens = new Embedding(config.vocabSize, config.hiddenSize);
    this.layers = Array.from(
      { length: config.numHiddenLayers },
      (_, layer) => new Gemma2DecoderLayer(config, layer),
    );
    this.norm = new RMSNorm(config.hiddenSize, config.rmsNormEps, { offset: 1 });
    this.#embeddingScale = config.embeddingScale;
  }

  /** Token ids int32 `[B, T]` -> hidden states `[B, T - from, hidden]` */
  forward(ids: tf.Tensor2D, context: PassContext): tf.Tensor3D {
    const x = scaleBy(this.embed_tokens.forward(ids), this.#embeddingScale) as tf.Tensor3D;
    return this.norm.forward(runLayers(this.layers, x, context)) as tf.Tensor3D;
  }
}

/**
 * A Gemma 2 model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * const options = { num_key_value_heads: 1, head_dim: 8, query_pre_attn_scalar: 8 };
 * new Gemma2ForCausalLM({ ...shape, ...options, vocab_size: 64 }).config.queryPreAttnScalar; // → 8
 */
export class Gemma2ForCausalLM extends CausalLM<Gemma2Config> {
  static readonly architecture = "Gemma2ForCausalLM";
  static readonly modelType = "gemma2";
  readonly model: Gemma2Model;
  lm_head: LinearLayer;

  constructor(configJson: ConfigJson) {
    const config = parseGemma2Config(configJson);
    super(configJson, config);
    this.model = new Gemma2Model(config);
    this.lm_head = languageModelHead(config, this.model.embed_tokens.weight);
  }

  protected get decoder(): Gemma2Model {
    return this.model;
  }

  get baseModelPrefix(): string {
    return "model";
  }
}

/** GPT-2: learnt positions, LayerNorm before attention and feed-forward, weights stored the other way round. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { Conv1D, Dropout, Embedding, LayerNorm, Module, type LinearLayer } from "../nn/index.ts";
import { addResidual, gelu, lastPositions, reshape } from "../ops/index.ts";
import { CausalLM, type CausalLMConfig } from "./causal-lm.ts";
import {
  geluForms,
  readChoice,
  readCount,
  readDropout,
  readFlag,
  readPositive,
  readTokenIds,
  refuse,
  type ConfigJson,
} from "./config.ts";
import { attend, runLayers, type PassContext } from "./decoder.ts";
import { languageModelHead } from "./head.ts";

/** What fixes a GPT-2 model. */
export interface GPT2Config extends CausalLMConfig {
  intermediateSize: number;
  layerNormEps: number;
  /** Whether GELU is computed by tanh. */
  approximateGelu: boolean;
  /** What each layer's scores are multiplied by. */
  scoreScales: number[];
  /** The shares that training leaves out, 0.1 where config.json names none: of the embedding, of attention's weights, … */
  embeddingDropout: number;
  attentionDropout: number;
  /** … and of what each layer adds to the stream. */
  residualDropout: number;
}

/**
 * Reads a GPT-2 config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * parseGPT2Config({ vocab_size: 64, n_positions: 32, n_embd: 16, n_layer: 2, n_head: 2 }).intermediateSize; // → 64
 */
export function parseGPT2Config(json: ConfigJson): GPT2Config {
  const hiddenSize = readCount(json, "n_embd");
  const numAttentionHeads = readCount(json, "n_head");
  const numHiddenLayers = readCount(json, "n_layer");
  if (hiddenSize % numAttentionHeads !== 0) refuse("n_head", numAttentionHeads, `a divisor of ${hiddenSize}`);
  if (readFlag(json, "add_cross_attention", false)) refuse("add_cross_attention", true, "false");
  const isScaled = readFlag(json, "scale_attn_weights", true);
  const byLayer = readFlag(json, "scale_attn_by_inverse_layer_idx", false);
  const scale = isScaled ? 1 / Math.sqrt(hiddenSize / numAttentionHeads) : 1;
  return {
    vocabSize: readCount(json, "vocab_size"),
    hiddenSize,
    numAttentionHeads,
    numKeyValueHeads: numAttentionHeads,
    headDim: hiddenSize / numAttentionHeads,
    numHiddenLayers,
    intermediateSize: readCount(json, "n_inner", 4 * hiddenSize),
    maxPositionEmbeddings: readCount(json, "n_positions", 1024),
    layerNormEps: readPositive(json, "layer_norm_epsilon", 1e-5),
    approximateGelu: readChoice(json, "activation_function", geluForms, "gelu_new"),
    scoreScales: Array.from({ length: numHiddenLayers }, (_, layer) => scale / (byLayer ? layer + 1 : 1)),
    embeddingDropout: readDropout(json, "embd_pdrop", 0.1),
    attentionDropout: readDropout(json, "attn_pdrop", 0.1),
    residualDropout: readDropout(json, "resid_pdrop", 0.1),
    tieWordEmbeddings: readFlag(json, "tie_word_embeddings", true),
    eosTokenIds: readTokenIds(json, "eos_token_id"),
  };
}

/** Self-attention; one layer makes queries, keys and values. */
export class GPT2Attention extends Module {
  c_attn: LinearLayer;
  c_proj: LinearLayer;
  readonly resid_dropout: Dropout;
  readonly #dropout: number;
  readonly #heads: number;
  readonly #scales: readonly number[];

  constructor(config: GPT2Config) {
    super();
    const { hiddenSize, numAttentionHeads, scoreScales } = config;
    this.c_attn = new Conv1D(hiddenSize, 3 * hiddenSize);
    this.c_proj = new Conv1D(hiddenSize, hiddenSize);
    this.resid_dropout = new Dropout(config.residualDropout);
    this.#dropout = config.attentionDropout;
    this.#heads = numAttentionHeads;
    this.#scales = scoreScales;
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor {
    const [batch, length, hidden] = x.shape;
    const heads = this.#heads;
    const headDim = hidden / heads;
    const [q, k, v] = tf
      .split(this.c_attn.forward(x), 3, -1)
      .map((part) => reshape<tf.Rank.R4>(part, [batch, length, heads, headDim]));
    const dropout = this.training ? this.#dropout : 0;
    const shape = { heads, kvHeads: heads, headDim, scale: this.#scales[layer]!, dropout };
    const asking = lastPositions(q!, context.from ?? 0);
    const mixed = attend({ q: asking, k: k!, v: v! }, shape, layer, context);
    return this.resid_dropout.forward(this.c_proj.forward(mixed));
  }
}

/** The feed-forward layer. */
export class GPT2MLP extends Module {
  c_fc: LinearLayer;
  c_proj: LinearLayer;
  readonly dropout: Dropout;
  readonly #approximate: boolean;

  constructor({ hiddenSize, intermediateSize, approximateGelu, residualDropout }: GPT2Config) {
    super();
    this.dropout = new Dropout(residualDropout);
    this.c_fc = new Conv1D(hiddenSize, intermediateSize);
    this.c_proj = new Conv1D(intermediateSize, hiddenSize);
    this.#approximate = approximateGelu;
  }

  /** x `[B, T, hidden]` -> `[B, T, hidden]` */
  forward(x: tf.Tensor): tf.Tensor {
    const active = gelu(this.c_fc.forward(x), { approximate: this.#approximate });
    return this.dropout.forward(this.c_proj.forward(active));
  }
}

/** One block: attention and feed-forward, each behind a norm and added to the stream. */
export class GPT2Block extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: GPT2Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: GPT2MLP;

  constructor(config: GPT2Config) {
    super();
    this.ln_1 = new LayerNorm(config.hiddenSize, config.layerNormEps);
    this.attn = new GPT2Attention(config);
    this.ln_2 = new LayerNorm(config.hiddenSize, config.layerNormEps);
    this.mlp = new GPT2MLP(config);
  }

  /** x `[B, T, hidden]` -> `[B, T - from, hidden]` */
  forward(x: tf.Tensor3D, layer: number, context: PassContext): tf.Tensor3D {
    const attention = this.attn.forward(this.ln_1.forward(x) as tf.Tensor3D, layer, context);
    const attended = addResidual(lastPositions(x, context.from ?? 0), attention);
    return addResidual(attended, this.mlp.forward(this.ln_2.forward(attended))) as tf.Tensor3D;
  }
}

/** The transformer without its head. */
export class GPT2Model extends Module {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly drop: Dropout;
  readonly h: GPT2Block[];
  readonly ln_f: LayerNorm;

  constructor(config: GPT2Config) {
    super();
    this.wte = new Embedding(config.vocabSize, config.hiddenSize);
    this.wpe = new Embedding(config.maxPositionEmbeddings, config.hiddenSize);
    this.drop = new Dropout(config.embeddingDropout);
    this.h = Array.from({ length: config.numHiddenLayers }, () => new GPT2Block(config));
    this.ln_f = new LayerNorm(config.hiddenSize, config.layerNormEps);
  }

  /**
   * Token ids int32 `[B, T]` -> hidden states `[B, T - from, hidden]`
   *
   * @throws ResidencyError E_SHAPE for a position that the model has no vector for.
   */
  forward(ids: tf.Tensor2D, context: PassContext): tf.Tensor3D {
    const { positions } = context;
    const [learnt] = this.wpe.weight.shape;
    const last = positions.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
    if (last >= learnt!) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot run the model at position ${last}: it has learnt the positions 0 to ${learnt! - 1}; shorten the text`,
      );
    }
    const [batch, length] = ids.shape;
    const rows = positions.length === batch ? positions : Array.from({ length: batch }, () => positions[0]!);
    const placed = this.wpe.forward(tf.tensor2d(rows as number[][], [batch, length], "int32"));
    const x = this.drop.forward(addResidual(this.wte.forward(ids), placed) as tf.Tensor3D);
    return this.ln_f.forward(runLayers(this.h, x, context)) as tf.Tensor3D;
  }
}

/**
 * A GPT-2 model with a language-modelling head.
 *
 * @example
 * const gpt2 = new GPT2LMHeadModel({ model_type: "gpt2", vocab_size: 64, n_positions: 32, n_embd: 16, n_layer: 2, n_head: 2 });
 * targetCoverage(gpt2, new LoraConfig({ targetModules: ["c_attn"] })).layers.length; // → 2
 */
export class GPT2LMHeadModel extends CausalLM<GPT2Config> {
  static readonly architecture = "GPT2LMHeadModel";
  static readonly modelType = "gpt2";
  readonly countsFirstLabel = true;
  readonly transformer: GPT2Model;
  lm_head: LinearLayer;

  constructor(configJson: ConfigJson) {
    const config = parseGPT2Config(configJson);
    super(configJson, config);
    this.transformer = new GPT2Model(config);
    this.lm_head = languageModelHead(config, this.transformer.wte.weight);
  }

  protected get decoder(): GPT2Model {
    return this.transformer;
  }

  get baseModelPrefix(): string {
    return "transformer";
  }
}

/** The parameters of decoders, from config.json: Llama and its kin, Phi, GPT-2, OPT. */
import type { Architecture, BlockLinear, BlockNorm, DecoderBlock, ParameterShape } from "./architecture.ts";
import { assemble, biased, commonSizes, layerNorm, type Frame } from "./decoder-parts.ts";
import { capOf, countOf, dropsOut, flagOf, shareOf, type ConfigJson } from "./model-config.ts";

/** How a family of Llama's kin differs from it. */
export interface LlamaVariant {
  /** The default of `attention_bias` on query, key and value, and on the output. */
  biases?: { queryKeyValue: boolean; output: boolean };
  queryKeyNorm?: boolean;
  /** Norms behind attention and feed-forward too, as in Gemma 2. */
  fourNorms?: boolean;
  tied?: boolean;
  headDim?: number;
  /** Whether `sliding_window` holds in every layer. */
  windowed?: boolean;
  /** Whether the embedding is multiplied by a factor. */
  scalesEmbedding?: boolean;
  /** The default of `final_logit_softcapping`, which bounds the logits; the field is not read without one. */
  logitCap?: number;
}

/** Llama, Mistral, Qwen 2, Qwen 3, Gemma and Gemma 2: RMSNorm, rotary positions, grouped queries, a gated feed-forward. */
export function llamaLike(family: string, config: ConfigJson, variant: LlamaVariant = {}): Architecture {
  const sizes = commonSizes(config, variant.headDim === undefined ? {} : { headDim: variant.headDim });
  const { hidden, heads, keyValueHeads, headDim, intermediate, vocabulary } = sizes;
  const configured = flagOf(config, "attention_bias", false);
  const { queryKeyValue, output } = variant.biases ?? { queryKeyValue: configured, output: configured };
  const mlpBias = flagOf(config, "mlp_bias", false);
  const attention = (role: BlockLinear["role"], name: string, count: number): BlockLinear => ({
    role,
    name: `self_attn.${name}`,
    in: hidden,
    out: count * headDim,
    bias: queryKeyValue,
  });
  const norm = (role: BlockNorm["role"], name: string, size = hidden): BlockNorm => ({ role, name, size });
  const block: DecoderBlock = {
    linears: [
      attention("query", "q_proj", heads),
      attention("key", "k_proj", keyValueHeads),
      attention("value", "v_proj", keyValueHeads),
      { role: "attentionOut", name: "self_attn.o_proj", in: heads * headDim, out: hidden, bias: output },
      { role: "gate", name: "mlp.gate_proj", in: hidden, out: intermediate, bias: mlpBias },
      { role: "up", name: "mlp.up_proj", in: hidden, out: intermediate, bias: mlpBias },
      { role: "down", name: "mlp.down_proj", in: intermediate, out: hidden, bias: mlpBias },
    ],
    norms: [
      ...(variant.queryKeyNorm
        ? [norm("query", "self_attn.q_norm", headDim), norm("key", "self_attn.k_norm", headDim)]
        : []),
      norm("input", "input_layernorm"),
      ...(variant.fourNorms
        ? [
            norm("afterAttention", "post_attention_layernorm"),
            norm("beforeFeedForward", "pre_feedforward_layernorm"),
            norm("afterFeedForward", "post_feedforward_layernorm"),
          ]
        : [norm("beforeFeedForward", "post_attention_layernorm")]),
    ],
    norm: "rms",
    parallel: false,
    feedForward: "gated",
    dropout: { embedding: false, attention: dropsOut(config, "attention_dropout"), residual: false },
  };
  const frame: Frame = {
    blocks: "model.layers",
    before: [{ name: "model.embed_tokens.weight", shape: [vocabulary, hidden], kind: "embedding" }],
    behind: [{ name: "model.norm.weight", shape: [hidden], kind: "norm" }],
  };
  const window =
    variant.windowed && typeof config["sliding_window"] === "number" ? config["sliding_window"] : undefined;
  const tied = flagOf(config, "tie_word_embeddings", variant.tied ?? false);
  const { logitCap } = variant;
  return {
    ...assemble(family, { ...sizes, window }, { block, frame, tied }),
    scalesEmbedding: variant.scalesEmbedding ?? false,
    capsLogits: logitCap !== undefined && capOf(config, "final_logit_softcapping", logitCap) > 0,
  };
}

/** Phi-1.5 and Phi-2: one layer norm a block, attention and feed-forward side by side, biases everywhere. */
export function phi(config: ConfigJson): Architecture {
  const common = commonSizes(config);
  const { hidden, heads, keyValueHeads, headDim, intermediate, vocabulary } = common;
  const rotaryDim = Math.trunc(headDim * shareOf(config, "partial_rotary_factor", 0.5));
  const norm = (role: "query" | "key", name: string): BlockNorm => ({ role, name, size: headDim });
  const headNorms = [norm("query", "self_attn.q_layernorm"), norm("key", "self_attn.k_layernorm")];
  const normed = flagOf(config, "qk_layernorm", false) ? headNorms : [];
  const block: DecoderBlock = {
    linears: [
      biased("query", "self_attn.q_proj", [hidden, heads * headDim]),
      biased("key", "self_attn.k_proj", [hidden, keyValueHeads * headDim]),
      biased("value", "self_attn.v_proj", [hidden, keyValueHeads * headDim]),
      biased("attentionOut", "self_attn.dense", [heads * headDim, hidden]),
      biased("up", "mlp.fc1", [hidden, intermediate]),
      biased("down", "mlp.fc2", [intermediate, hidden]),
    ],
    norms: [...normed, { role: "input", name: "input_layernorm", size: hidden }],
    norm: "layer",
    parallel: true,
    feedForward: "gelu",
    dropout: {
      embedding: dropsOut(config, "embd_pdrop"),
      attention: dropsOut(config, "attention_dropout"),
      residual: dropsOut(config, "resid_pdrop"),
    },
  };
  const frame: Frame = {
    blocks: "model.layers",
    before: [{ name: "model.embed_tokens.weight", shape: [vocabulary, hidden], kind: "embedding" }],
    behind: [
      ...layerNorm("model.final_layernorm", hidden),
      { name: "lm_head.bias", shape: [vocabulary], kind: "bias" },
    ],
  };
  const tied = flagOf(config, "tie_word_embeddings", false);
  return assemble("phi", { ...common, rotaryDim }, { block, frame, tied });
}

/** GPT-2: learned positions, one matrix for query, key and value, a tied head. */
export function gpt2(config: ConfigJson): Architecture {
  const hidden = countOf(config, ["n_embd", "hidden_size"]);
  const heads = countOf(config, ["n_head", "num_attention_heads"]);
  const intermediate = countOf(config, "n_inner", 4 * hidden);
  const vocabulary = countOf(config, "vocab_size");
  const block: DecoderBlock = {
    linears: [
      biased("queryKeyValue", "attn.c_attn", [hidden, 3 * hidden]),
      biased("attentionOut", "attn.c_proj", [hidden, hidden]),
      biased("up", "mlp.c_fc", [hidden, intermediate]),
      biased("down", "mlp.c_proj", [intermediate, hidden]),
    ],
    norms: [
      { role: "input", name: "ln_1", size: hidden },
      { role: "beforeFeedForward", name: "ln_2", size: hidden },
    ],
    norm: "layer",
    parallel: false,
    feedForward: "gelu",
    dropout: {
      embedding: dropsOut(config, "embd_pdrop", 0.1),
      attention: dropsOut(config, "attn_pdrop", 0.1),
      residual: dropsOut(config, "resid_pdrop", 0.1),
    },
  };
  const positions = countOf(config, ["n_positions", "max_position_embeddings"], 1024);
  const frame: Frame = {
    blocks: "transformer.h",
    transposed: true,
    before: [
      { name: "transformer.wte.weight", shape: [vocabulary, hidden], kind: "embedding" },
      { name: "transformer.wpe.weight", shape: [positions, hidden], kind: "embedding" },
    ],
    behind: layerNorm("transformer.ln_f", hidden),
  };
  const sizes = {
    vocabulary,
    hidden,
    layers: countOf(config, ["n_layer", "num_hidden_layers"]),
    heads,
    keyValueHeads: heads,
    headDim: hidden / heads,
    rotaryDim: 0,
    intermediate,
  };
  return assemble("gpt2", sizes, { block, frame, tied: flagOf(config, "tie_word_embeddings", true) });
}

/** OPT, whose embedding may be narrower than its blocks (opt-350m); counted, not computed, by this library. */
export function opt(config: ConfigJson): Architecture {
  const sizes = { ...commonSizes(config), intermediate: countOf(config, "ffn_dim"), rotaryDim: 0 };
  const { hidden, intermediate, vocabulary } = sizes;
  const width = countOf(config, "word_embed_proj_dim", hidden);
  const block: DecoderBlock = {
    linears: [
      biased("query", "self_attn.q_proj", [hidden, hidden]),
      biased("key", "self_attn.k_proj", [hidden, hidden]),
      biased("value", "self_attn.v_proj", [hidden, hidden]),
      biased("attentionOut", "self_attn.out_proj", [hidden, hidden]),
      biased("up", "fc1", [hidden, intermediate]),
      biased("down", "fc2", [intermediate, hidden]),
    ],
    norms: [
      { role: "input", name: "self_attn_layer_norm", size: hidden },
      { role: "beforeFeedForward", name: "final_layer_norm", size: hidden },
    ],
    norm: "layer",
    parallel: false,
    feedForward: "relu",
    // The engine has no such model, so that nobody asks.
    dropout: { embedding: false, attention: false, residual: false },
  };
  const decoder = "model.decoder";
  const projections: ParameterShape[] =
    width === hidden
      ? []
      : [
          { name: `${decoder}.project_out.weight`, shape: [width, hidden], kind: "linear" },
          { name: `${decoder}.project_in.weight`, shape: [hidden, width], kind: "linear" },
        ];
  const normed = flagOf(config, "do_layer_norm_before", width === hidden);
  const frame: Frame = {
    blocks: `${decoder}.layers`,
    before: [
      { name: `${decoder}.embed_tokens.weight`, shape: [vocabulary, width], kind: "embedding" },
      // Two rows more than positions: OPT counts them from 2.
      {
        name: `${decoder}.embed_positions.weight`,
        shape: [countOf(config, "max_position_embeddings", 2048) + 2, hidden],
        kind: "embedding",
      },
      ...projections,
    ],
    behind: normed ? layerNorm(`${decoder}.final_layer_norm`, hidden) : [],
  };
  const tied = flagOf(config, "tie_word_embeddings", true);
  return { ...assemble("opt", sizes, { block, frame, tied }), block: undefined };
}

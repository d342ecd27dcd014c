/** The parameters of an architecture without values, also of those that the library does not run: names, shapes, counts. */
import { ResidencyError } from "../errors.ts";
import { Embedding, LayerNorm, Linear, Module, RMSNorm, type Parameter } from "../nn/index.ts";
import { architecturesOf, causalLMClasses, causalLMClassOf } from "./auto.ts";
import { readChoice, readCount, readFlag, readHeads, type ConfigJson } from "./config.ts";

/** The children of a part of an outline, under their names. */
type Children = Record<string, Module | Parameter | readonly Module[]>;

/** A part of a model that has parameters and cannot be run. */
class Outline extends Module {
  constructor(children: Children) {
    super();
    Object.assign(this, children);
  }
}

const repeat = (count: number, part: (index: number) => Children): Module[] =>
  Array.from({ length: count }, (_, index) => new Outline(part(index)));

const biased = (inFeatures: number, outFeatures: number): Linear =>
  new Linear(inFeatures, outFeatures, { bias: true });

/** BERT with its pooler, as transformers' BertModel; layer norms have the names of its checkpoints. */
function bert(json: ConfigJson): Module {
  const hidden = readCount(json, "hidden_size");
  const inner = readCount(json, "intermediate_size");
  const norm = (): LayerNorm => new LayerNorm(hidden, 1e-12);
  return new Outline({
    embeddings: new Outline({
      word_embeddings: new Embedding(readCount(json, "vocab_size"), hidden),
      position_embeddings: new Embedding(readCount(json, "max_position_embeddings", 512), hidden),
      token_type_embeddings: new Embedding(readCount(json, "type_vocab_size", 2), hidden),
      LayerNorm: norm(),
    }),
    encoder: new Outline({
      layer: repeat(readCount(json, "num_hidden_layers"), () => ({
        attention: new Outline({
          self: new Outline({
            query: biased(hidden, hidden),
            key: biased(hidden, hidden),
            value: biased(hidden, hidden),
          }),
          output: new Outline({ dense: biased(hidden, hidden), LayerNorm: norm() }),
        }),
        intermediate: new Outline({ dense: biased(hidden, inner) }),
        output: new Outline({ dense: biased(inner, hidden), LayerNorm: norm() }),
      })),
    }),
    pooler: new Outline({ dense: biased(hidden, hidden) }),
  });
}

/** T5 and mT5 with their head: encoder and decoder, position biases in the first block of each. */
function t5(json: ConfigJson): Module {
  const hidden = readCount(json, "d_model");
  const heads = readCount(json, "num_heads");
  const projected = heads * readCount(json, "d_kv", 64);
  const inner = readCount(json, "d_ff");
  const layers = readCount(json, "num_layers");
  const isGated = readChoice(
    json,
    "feed_forward_proj",
    { relu: false, "gated-gelu": true, "gated-silu": true },
    json["model_type"] === "mt5" ? "gated-gelu" : "relu",
  );
  const norm = (): RMSNorm => new RMSNorm(hidden, 1e-6);
  const attention = (hasBias: boolean): Module =>
    new Outline({
      q: new Linear(hidden, projected),
      k: new Linear(hidden, projected),
      v: new Linear(hidden, projected),
      o: new Linear(projected, hidden),
      ...(hasBias && {
        relative_attention_bias: new Embedding(readCount(json, "relative_attention_num_buckets", 32), heads),
      }),
    });
  const feedForward = (): Module =>
    new Outline({
      ...(isGated
        ? { wi_0: new Linear(hidden, inner), wi_1: new Linear(hidden, inner) }
        : { wi: new Linear(hidden, inner) }),
      wo: new Linear(inner, hidden),
    });
  const stack = (count: number, isDecoder: boolean): Module =>
    new Outline({
      block: repeat(count, (index) => ({
        layer: [
          new Outline({ SelfAttention: attention(index === 0), layer_norm: norm() }),
          ...(isDecoder ? [new Outline({ EncDecAttention: attention(false), layer_norm: norm() })] : []),
          new Outline({ DenseReluDense: feedForward(), layer_norm: norm() }),
        ],
      })),
      final_layer_norm: norm(),
    });
  const vocabulary = readCount(json, "vocab_size");
  const shared = new Embedding(vocabulary, hidden);
  return new Outline({
    shared,
    encoder: stack(layers, false),
    decoder: stack(readCount(json, "num_decoder_layers", layers), true),
    lm_head: new Linear(
      hidden,
      vocabulary,
      readFlag(json, "tie_word_embeddings", true) ? { weight: shared.weight } : {},
    ),
  });
}

/** OPT with its head: learnt positions from 2 on, and narrower embeddings in the 350m model. */
function opt(json: ConfigJson): Module {
  const hidden = readCount(json, "hidden_size");
  const embedded = readCount(json, "word_embed_proj_dim", hidden);
  const inner = readCount(json, "ffn_dim");
  const vocabulary = readCount(json, "vocab_size");
  readHeads(json);
  const norm = (): LayerNorm => new LayerNorm(hidden, 1e-5);
  const embedding = new Embedding(vocabulary, embedded);
  const isTied = readFlag(json, "tie_word_embeddings", true);
  return new Outline({
    model: new Outline({
      decoder: new Outline({
        embed_tokens: embedding,
        embed_positions: new Embedding(readCount(json, "max_position_embeddings", 2048) + 2, hidden),
        ...(embedded !== hidden && {
          project_out: new Linear(hidden, embedded),
          project_in: new Linear(embedded, hidden),
        }),
        ...(readFlag(json, "do_layer_norm_before", true) && { final_layer_norm: norm() }),
        layers: repeat(readCount(json, "num_hidden_layers"), () => ({
          self_attn: new Outline({
            k_proj: biased(hidden, hidden),
            v_proj: biased(hidden, hidden),
            q_proj: biased(hidden, hidden),
            out_proj: biased(hidden, hidden),
          }),
          self_attn_layer_norm: norm(),
          fc1: biased(hidden, inner),
          fc2: biased(inner, hidden),
          final_layer_norm: norm(),
        })),
      }),
    }),
    lm_head: new Linear(embedded, vocabulary, isTied ? { weight: embedding.weight } : {}),
  });
}

/** Architectures that are counted and not run, by `model_type`. */
const outlines: Readonly<Record<string, (json: ConfigJson) => Module>> = { bert, t5, mt5: t5, opt };

/**
 * The module tree of a config.json without values ("meta" device in PyTorch's words), also of BERT, T5, mT5 and OPT, which
 * the library does not run.
 *
 * @throws ResidencyError E_CHECKPOINT for an architecture that it does not know.
 * @example
 * const outline = modelOutline({ model_type: "gpt2", vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12 });
 * [...outline.namedParameters()].length; // → 148
 */
export function modelOutline(config: ConfigJson): Module {
  const found = causalLMClassOf(config);
  if (found) return new found(config);
  const type = config["model_type"];
  if (typeof type === "string" && Object.hasOwn(outlines, type)) return outlines[type]!(config);
  const known = [...causalLMClasses.map(({ modelType }) => modelType), ...Object.keys(outlines)];
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot count the parameters of ${architecturesOf(config).join(", ") || "a model"} with the model_type ` +
      `${JSON.stringify(type)}: known are ${known.join(", ")}`,
  );
}

/**
 * The number of parameters of a config.json's model; those that are tied count once.
 *
 * @throws ResidencyError E_CHECKPOINT for an architecture that it does not know.
 * @example
 * parameterCount({ model_type: "gpt2", vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12 }); // → 124439808
 */
export function parameterCount(config: ConfigJson): number {
  let count = 0;
  for (const [, parameter] of modelOutline(config).namedParameters()) count += parameter.size;
  return count;
}

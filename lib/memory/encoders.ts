/** The parameters of T5, mT5 and BERT, from config.json. */
import type { Architecture, ParameterShape } from "./architecture.ts";
import { countOf, flagOf, textOf, type ConfigJson } from "./model-config.ts";

/**
 * T5 and mT5 with a language-modelling head (`T5ForConditionalGeneration`); head and embedding are tied unless the
 * config says otherwise, as mT5's checkpoints do.
 */
export function t5(family: "t5" | "mt5", config: ConfigJson): Architecture {
  const hidden = countOf(config, ["d_model", "hidden_size"]);
  const headDim = countOf(config, "d_kv", 64);
  const heads = countOf(config, ["num_heads", "num_attention_heads"]);
  const intermediate = countOf(config, "d_ff");
  const vocabulary = countOf(config, "vocab_size");
  const encoderLayers = countOf(config, ["num_layers", "num_hidden_layers"]);
  const decoderLayers = countOf(config, "num_decoder_layers", encoderLayers);
  const buckets = countOf(config, "relative_attention_num_buckets", 32);
  const gated = textOf(config, "feed_forward_proj", family === "mt5" ? "gated-gelu" : "relu").startsWith(
    "gated-",
  );
  const inner = heads * headDim;

  const sublayer = (path: string, block: string, linears: [string, number[]][]): ParameterShape[] => [
    ...linears.map(([name, shape]): ParameterShape => ({
      name: `${path}.${name}.weight`,
      shape,
      kind: "linear",
      block,
    })),
    {
      name: `${path.slice(0, path.lastIndexOf("."))}.layer_norm.weight`,
      shape: [hidden],
      kind: "norm",
      block,
    },
  ];
  const attention: [string, number[]][] = [
    ["q", [inner, hidden]],
    ["k", [inner, hidden]],
    ["v", [inner, hidden]],
    ["o", [hidden, inner]],
  ];
  const feedForward: [string, number[]][] = [
    ...(gated ? ["wi_0", "wi_1"] : ["wi"]).map((name): [string, number[]] => [name, [intermediate, hidden]]),
    ["wo", [hidden, intermediate]],
  ];
  const stack = (side: "encoder" | "decoder", layers: number): ParameterShape[] => [
    ...Array.from({ length: layers }, (_, index): ParameterShape[] => {
      const path = `${side}.block.${index}.layer`;
      const block = `${side}.${index}`;
      const relative: ParameterShape = {
        name: `${path}.0.SelfAttention.relative_attention_bias.weight`,
        shape: [buckets, heads],
        kind: "relativeBias",
        block,
      };
      return [
        ...sublayer(`${path}.0.SelfAttention`, block, attention),
        ...(index === 0 ? [relative] : []),
        ...(side === "decoder" ? sublayer(`${path}.1.EncDecAttention`, block, attention) : []),
        ...sublayer(`${path}.${side === "decoder" ? 2 : 1}.DenseReluDense`, block, feedForward),
      ];
    }).flat(),
    { name: `${side}.final_layer_norm.weight`, shape: [hidden], kind: "norm" },
  ];
  const tied = flagOf(config, "tie_word_embeddings", true);
  const shared: ParameterShape = { name: "shared.weight", shape: [vocabulary, hidden], kind: "embedding" };
  const head: ParameterShape = { name: "lm_head.weight", shape: [vocabulary, hidden], kind: "head" };
  return {
    family,
    sizes: {
      vocabulary,
      hidden,
      layers: encoderLayers + decoderLayers,
      heads,
      keyValueHeads: heads,
      headDim,
      rotaryDim: 0,
      intermediate,
    },
    parameters: [
      shared,
      ...stack("encoder", encoderLayers),
      ...stack("decoder", decoderLayers),
      ...(tied ? [] : [head]),
    ],
    tied: {
      "encoder.embed_tokens.weight": shared.name,
      "decoder.embed_tokens.weight": shared.name,
      ...(tied ? { [head.name]: shared.name } : {}),
    },
    bufferBytes: 0,
  };
}

/** BERT as `AutoModel` builds it: embeddings, encoder and pooler, no head. */
export function bert(config: ConfigJson): Architecture {
  const hidden = countOf(config, "hidden_size");
  const heads = countOf(config, "num_attention_heads");
  const layers = countOf(config, "num_hidden_layers");
  const intermediate = countOf(config, "intermediate_size");
  const vocabulary = countOf(config, "vocab_size");
  const positions = countOf(config, "max_position_embeddings", 512);
  const types = countOf(config, "type_vocab_size", 2);
  const linear = (name: string, [out, columns]: [number, number], block?: string): ParameterShape[] => [
    { name: `${name}.weight`, shape: [out, columns], kind: "linear", block },
    { name: `${name}.bias`, shape: [out], kind: "bias", block },
  ];
  const norm = (name: string, block?: string): ParameterShape[] => [
    { name: `${name}.weight`, shape: [hidden], kind: "norm", block },
    { name: `${name}.bias`, shape: [hidden], kind: "norm", block },
  ];
  const embedding = (name: string, rows: number): ParameterShape => ({
    name: `embeddings.${name}.weight`,
    shape: [rows, hidden],
    kind: "embedding",
  });
  const blocks = Array.from({ length: layers }, (_, index) => {
    const block = `encoder.layer.${index}`;
    return [
      ...["query", "key", "value"].flatMap((name) =>
        linear(`${block}.attention.self.${name}`, [hidden, hidden], block),
      ),
      ...linear(`${block}.attention.output.dense`, [hidden, hidden], block),
      ...norm(`${block}.attention.output.LayerNorm`, block),
      ...linear(`${block}.intermediate.dense`, [intermediate, hidden], block),
      ...linear(`${block}.output.dense`, [hidden, intermediate], block),
      ...norm(`${block}.output.LayerNorm`, block),
    ];
  }).flat();
  return {
    family: "bert",
    sizes: {
      vocabulary,
      hidden,
      layers,
      heads,
      keyValueHeads: heads,
      headDim: hidden / heads,
      rotaryDim: 0,
      intermediate,
    },
    parameters: [
      embedding("word_embeddings", vocabulary),
      embedding("position_embeddings", positions),
      embedding("token_type_embeddings", types),
      ...norm("embeddings.LayerNorm"),
      ...blocks,
      ...linear("pooler.dense", [hidden, hidden]),
    ],
    tied: {},
    // position_ids and token_type_ids, int64.
    bufferBytes: 2 * 8 * positions,
  };
}

/** What the decoders of all families are put together from: blocks in a frame, sizes of config.json, layers with biases. */
import type { Architecture, BlockLinear, DecoderBlock, ParameterShape } from "./architecture.ts";
import { countOf, type ConfigJson } from "./model-config.ts";

/** What stands around the blocks of a decoder. */
export interface Frame {
  /** Where the blocks are: `model.layers`. */
  blocks: string;
  /** Parameters before the blocks. */
  before: ParameterShape[];
  /** Parameters behind the blocks, without the head's weight. */
  behind: ParameterShape[];
  /** GPT-2 stores its linear layers `[in, out]`. */
  transposed?: boolean;
}

function blockParameters(
  { linears, norms, norm }: DecoderBlock,
  path: string,
  turned: boolean,
): ParameterShape[] {
  const block = path;
  const ofLinears = linears.flatMap(({ name, in: columns, out, bias }): ParameterShape[] => [
    {
      name: `${path}.${name}.weight`,
      shape: turned ? [columns, out] : [out, columns],
      kind: "linear",
      block,
    },
    ...(bias ? [{ name: `${path}.${name}.bias`, shape: [out], kind: "bias" as const, block }] : []),
  ]);
  const ofNorms = norms.flatMap(({ name, size }): ParameterShape[] => [
    { name: `${path}.${name}.weight`, shape: [size], kind: "norm", block },
    ...(norm === "layer"
      ? [{ name: `${path}.${name}.bias`, shape: [size], kind: "norm" as const, block }]
      : []),
  ]);
  return [...ofLinears, ...ofNorms];
}

/** The architecture of a decoder of equal blocks in a frame. */
export function assemble(
  family: string,
  sizes: Architecture["sizes"],
  { block, frame, tied }: { block: DecoderBlock; frame: Frame; tied: boolean },
): Architecture {
  const embedding = frame.before[0]!;
  const blocks = Array.from({ length: sizes.layers }, (_, index) =>
    blockParameters(block, `${frame.blocks}.${index}`, frame.transposed ?? false),
  ).flat();
  const head: ParameterShape = { name: "lm_head.weight", shape: embedding.shape, kind: "head" };
  return {
    family,
    sizes,
    parameters: [...frame.before, ...blocks, ...frame.behind, ...(tied ? [] : [head])],
    tied: tied ? { [head.name]: embedding.name } : {},
    // Two float32 vectors of rotaryDim / 2 each: the frequencies and their originals.
    bufferBytes: 4 * sizes.rotaryDim,
    block,
  };
}

/** The sizes that Llama and its kin share; `head_dim` may differ from hidden / heads. */
export function commonSizes(config: ConfigJson, defaults: { headDim?: number } = {}): Architecture["sizes"] {
  const hidden = countOf(config, "hidden_size");
  const heads = countOf(config, "num_attention_heads");
  const headDim = countOf(config, "head_dim", defaults.headDim ?? hidden / heads);
  return {
    vocabulary: countOf(config, "vocab_size"),
    hidden,
    layers: countOf(config, "num_hidden_layers"),
    heads,
    keyValueHeads: countOf(config, "num_key_value_heads", heads),
    headDim,
    rotaryDim: headDim,
    intermediate: countOf(config, "intermediate_size", 4 * hidden),
  };
}

/** A linear layer with a bias. */
export function biased(role: BlockLinear["role"], name: string, [from, to]: [number, number]): BlockLinear {
  return { role, name, in: from, out: to, bias: true };
}

/** The parameters of a layer norm that stands outside of the blocks. */
export function layerNorm(name: string, size: number): ParameterShape[] {
  return ["weight", "bias"].map((part) => ({ name: `${name}.${part}`, shape: [size], kind: "norm" }));
}

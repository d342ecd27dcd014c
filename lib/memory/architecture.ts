/** What an architecture is made of, as far as memory goes: the names and shapes of its parameters, without their values. */

/** What a parameter is for; quantisation and LoRA take `linear` ones only. */
export type ParameterKind = "linear" | "head" | "embedding" | "norm" | "bias" | "relativeBias";

/** A parameter under its name in a checkpoint. */
export interface ParameterShape {
  name: string;
  /** As PyTorch stores it; `[in, out]` for GPT-2's Conv1D, `[out, in]` for other linear layers. */
  shape: readonly number[];
  kind: ParameterKind;
  /** Which block of the stack it belongs to, "encoder.0" for T5; undefined outside of the blocks. */
  block?: string | undefined;
}

/** What a linear layer does in a block of a decoder. */
export type LinearRole =
  "query" | "key" | "value" | "queryKeyValue" | "attentionOut" | "gate" | "up" | "down";

/** A linear layer of every block. */
export interface BlockLinear {
  role: LinearRole;
  /** Below the block, such as `self_attn.q_proj`. */
  name: string;
  in: number;
  out: number;
  bias: boolean;
}

/** Where a norm stands in a block. */
export type NormRole =
  "input" | "afterAttention" | "beforeFeedForward" | "afterFeedForward" | "query" | "key";

/** A norm of every block. */
export interface BlockNorm {
  role: NormRole;
  name: string;
  /** Elements of its weight. */
  size: number;
}

/** How a block of a decoder computes; blocks are all alike. */
export interface DecoderBlock {
  linears: readonly BlockLinear[];
  norms: readonly BlockNorm[];
  norm: "rms" | "layer";
  /** Whether attention and feed-forward read the same norm's output side by side, as in Phi. */
  parallel: boolean;
  /** The activation: of a gate and a second branch, or of one branch alone. */
  feedForward: "gated" | "gelu" | "relu";
  dropout: DecoderDropout;
}

/** Where training leaves out a share of a decoder's activations, at rates that config.json names: whether there is any. */
export interface DecoderDropout {
  /** Of what the blocks are given. */
  embedding: boolean;
  /** Of the weights of attention. */
  attention: boolean;
  /** Of what attention and feed-forward add to the stream. */
  residual: boolean;
}

/** The sizes that formulas of memory and time ask for. */
export interface ModelSizes {
  vocabulary: number;
  hidden: number;
  /** Blocks; encoder and decoder together for T5. */
  layers: number;
  heads: number;
  keyValueHeads: number;
  headDim: number;
  /** Coordinates of a head that are turned by rotary embedding; 0 without it. */
  rotaryDim: number;
  intermediate: number;
  /** Positions of a sliding window in every layer; undefined without one. */
  window?: number | undefined;
}

/** A model without values. */
export interface Architecture {
  /** config.json's model_type. */
  family: string;
  sizes: ModelSizes;
  parameters: readonly ParameterShape[];
  /** Names of parameters that are another one, and so take no memory: `lm_head.weight` -> the embedding's. */
  tied: Readonly<Record<string, string>>;
  /** Bytes of transformers' buffers: rotary frequencies (float32), BERT's position and type numbers (int64). */
  bufferBytes: number;
  /** How a block computes; undefined where this library has no engine for the family. */
  block?: DecoderBlock | undefined;
  /** Whether the embedding is multiplied by a factor, as in Gemma. */
  scalesEmbedding?: boolean;
  /** Whether the logits are bounded, as in Gemma 2. */
  capsLogits?: boolean;
}

/** Elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * The number of parameters of an architecture, all or those that a filter keeps; a tied one counts once.
 *
 * @example
 * countParameters(readArchitecture(config)); // → 5704960
 */
export function countParameters(
  { parameters }: Architecture,
  keeps: (parameter: ParameterShape) => boolean = () => true,
): number {
  return parameters.reduce((sum, one) => sum + (keeps(one) ? elementsOf(one.shape) : 0), 0);
}

/** Names and layout of a model's tensors in llama.cpp: what each parameter of a Hugging Face checkpoint becomes. */
import { ResidencyError } from "../errors.ts";
import type { GgufTensorInfo, GgufTensorType } from "./gguf-types.ts";
import type { GgufWritableType } from "./gguf-tensor.ts";

/** The model types of config.json that can be exported. */
export const llamaCppModelTypes = ["llama", "mistral", "qwen2", "qwen3", "gpt2", "phi"] as const;

/** One of {@link llamaCppModelTypes}. */
export type LlamaCppModelType = (typeof llamaCppModelTypes)[number];

/** llama.cpp's name of each architecture; Mistral runs as a Llama there. */
export const llamaCppArchitecture: Record<LlamaCppModelType, string> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  gpt2: "gpt2",
  phi: "phi2",
};

/** How the values of a parameter are laid out anew. */
export type LlamaCppLayout =
  /** As they are. */
  | { kind: "same" }
  /** GPT-2's Conv1D keeps `[in, out]`; llama.cpp has `[out, in]`. */
  | { kind: "transposed" }
  /** Rows of each head from halves to neighbours, see {@link permuteRotaryRows}. */
  | { kind: "rotary"; heads: number };

/** A parameter's place in llama.cpp. */
export interface LlamaCppTensor {
  name: string;
  layout: LlamaCppLayout;
}

/** What the mapping needs to know of a model. */
export interface LlamaCppNaming {
  modelType: LlamaCppModelType;
  heads: number;
  keyValueHeads: number;
  /** The head is the embedding, so a stored copy of it is left out. */
  tied: boolean;
}

const llamaNames: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

const gpt2Names: Readonly<Record<string, string>> = {
  wte: "token_embd",
  wpe: "position_embd",
  ln_f: "output_norm",
  lm_head: "output",
  ln_1: "attn_norm",
  "attn.c_attn": "attn_qkv",
  "attn.c_proj": "attn_output",
  ln_2: "ffn_norm",
  "mlp.c_fc": "ffn_up",
  "mlp.c_proj": "ffn_down",
};

const phiNames: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.final_layernorm": "output_norm",
  lm_head: "output",
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.dense": "attn_output",
  "mlp.fc1": "ffn_up",
  "mlp.fc2": "ffn_down",
};

const namesOf: Record<LlamaCppModelType, Readonly<Record<string, string>>> = {
  llama: llamaNames,
  mistral: llamaNames,
  qwen2: llamaNames,
  qwen3: { ...llamaNames, "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm" },
  gpt2: gpt2Names,
  phi: phiNames,
};

/** Buffers that old checkpoints carry and nobody reads. */
const buffers = /\.(rotary_emb\.inv_freq|attn\.(bias|masked_bias))$/;

/**
 * The name and layout of a parameter in llama.cpp; undefined for what is left out there: buffers, and a tied head.
 *
 * @throws ResidencyError E_CHECKPOINT for a name that the architecture does not have.
 * @example
 * const naming = { modelType: "llama", heads: 4, keyValueHeads: 2, tied: true } as const;
 * llamaCppTensor("model.layers.0.mlp.up_proj.weight", naming); // → { name: "blk.0.ffn_up.weight", … }
 */
export function llamaCppTensor(
  parameter: string,
  { modelType, heads, keyValueHeads, tied }: LlamaCppNaming,
): LlamaCppTensor | undefined {
  if (buffers.test(parameter)) return undefined;
  // GPT-2's own checkpoints lack the prefix that later ones have.
  const plain = modelType === "gpt2" ? parameter.replace(/^transformer\./, "") : parameter;
  const [, layer, module = "", kind = ""] =
    /^(?:(?:model\.layers|h)\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(plain) ?? [];
  const names = namesOf[modelType];
  const name = Object.hasOwn(names, module) ? names[module] : undefined;
  const isLayerPart = !/^(token_embd|position_embd|output|output_norm)$/.test(name ?? "");
  if (name === undefined || isLayerPart !== (layer !== undefined)) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot export the parameter "${parameter}": llama.cpp's ${llamaCppArchitecture[modelType]} has no place for it`,
    );
  }
  if (name === "output" && tied) return undefined;
  const layout: LlamaCppLayout =
    modelType === "gpt2" && kind === "weight" && /^(attn|mlp)\.c_/.test(module)
      ? { kind: "transposed" }
      : llamaCppArchitecture[modelType] === "llama" && (name === "attn_q" || name === "attn_k")
        ? { kind: "rotary", heads: name === "attn_q" ? heads : keyValueHeads }
        : { kind: "same" };
  return { name: `${layer === undefined ? "" : `blk.${layer}.`}${name}.${kind}`, layout };
}

/**
 * Reorders the rows of a Llama's query or key projection, `[heads · headDim, in]` or its bias `[heads · headDim]`.
 *
 * Hugging Face turns element i of a head together with element i + headDim/2, llama.cpp's Llama turns neighbours, so row
 * i goes to row 2i of its head, and row i + headDim/2 to row 2i + 1.
 *
 * @example
 * permuteRotaryRows(new Float32Array([1, 2, 3, 4]), 4, 1); // → [1, 3, 2, 4]
 */
export function permuteRotaryRows(values: Float32Array, rows: number, heads: number): Float32Array {
  const headDim = rows / heads;
  if (!Number.isInteger(headDim / 2)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot reorder ${rows} rows for ${heads} heads: each head must have an even number of rows`,
    );
  }
  const width = values.length / rows;
  const permuted = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [head, within] = [Math.floor(row / headDim), row % headDim];
    const half = within < headDim / 2 ? 0 : 1;
    const target = head * headDim + 2 * (within - (half * headDim) / 2) + half;
    permuted.set(values.subarray(row * width, (row + 1) * width), target * width);
  }
  return permuted;
}

/**
 * The shape of a parameter in a layout.
 *
 * @example
 * llamaCppShape([128, 352], { kind: "transposed" }); // → [352, 128]
 */
export function llamaCppShape(shape: readonly number[], layout: LlamaCppLayout): readonly number[] {
  return layout.kind === "transposed" ? [...shape].reverse() : shape;
}

/**
 * The values of a parameter in a layout; `shape` is the checkpoint's.
 *
 * @example
 * llamaCppValues(new Float32Array([1, 2, 3, 4]), [2, 2], { kind: "transposed" }); // → [1, 3, 2, 4]
 */
export function llamaCppValues(
  values: Float32Array,
  shape: readonly number[],
  layout: LlamaCppLayout,
): Float32Array {
  if (layout.kind === "same") return values;
  const [rows = 1, columns = 1] = shape;
  if (layout.kind === "rotary") return permuteRotaryRows(values, rows, layout.heads);
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = values[row * columns + column]!;
    }
  }
  return transposed;
}

/**
 * The type that llama.cpp's converter gives a tensor when a model is to be of `wanted`: vectors, norms and positions stay
 * F32, and rows that are no multiple of 32 cannot be Q8_0 and become F16.
 *
 * @example
 * llamaCppTensorType({ name: "blk.0.attn_norm.weight", shape: [128] }, "F16"); // → "F32"
 */
export function llamaCppTensorType(
  { name, shape }: Pick<GgufTensorInfo, "name" | "shape">,
  wanted: GgufWritableType,
): GgufWritableType & GgufTensorType {
  if (shape.length < 2 || /^position_embd|_norm\.weight$/.test(name)) return "F32";
  return wanted === "Q8_0" && shape.at(-1)! % 32 !== 0 ? "F16" : wanted;
}

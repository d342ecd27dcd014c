/** A model's config.json as the metadata that llama.cpp reads. */
import { ResidencyError } from "../errors.ts";
import type { GgufWritableType } from "./gguf-tensor.ts";
import type { GgufTensorInfo, GgufValue } from "./gguf-types.ts";
import {
  llamaCppArchitecture,
  llamaCppModelTypes,
  type LlamaCppModelType,
  type LlamaCppNaming,
} from "./llama-cpp-tensors.ts";

/** What a config.json says of a model, as far as the export needs it. */
export interface LlamaCppModel extends LlamaCppNaming {
  metadata: Map<string, GgufValue>;
  vocabSize: number;
  layers: number;
  hiddenSize: number;
  /** Tensors that no checkpoint has: the frequency factors of Llama 3's rotary embedding. */
  extraTensors: (GgufTensorInfo & { values: Float32Array })[];
}

type Json = Readonly<Record<string, unknown>>;

function refuse(field: string, value: unknown, allowed: string): never {
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot export the model: "${field}" of its config.json is ${value === undefined ? "missing" : JSON.stringify(value)}, and must be ${allowed}`,
  );
}

/** The first of several fields that is there. */
function read(config: Json, fields: readonly string[]): unknown {
  return fields.map((field) => config[field]).find((value) => value !== undefined && value !== null);
}

function count(config: Json, fields: readonly string[], fallback?: number): number {
  const value = read(config, fields) ?? fallback;
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 2 ** 26
    ? value
    : refuse(fields[0]!, value, "a whole number from 1 to 2^26");
}

function positive(config: Json, fields: readonly string[], fallback?: number): number {
  const value = read(config, fields) ?? fallback;
  return typeof value === "number" && Number.isFinite(value) && value > 0
    ? value
    : refuse(fields[0]!, value, "a number above 0");
}

function demand(config: Json, field: string, allowed: readonly unknown[]): void {
  const value = config[field] ?? allowed[0];
  if (!allowed.includes(value))
    refuse(
      field,
      value,
      allowed.map((entry) => (entry === undefined ? "absent" : JSON.stringify(entry))).join(" or "),
    );
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
const float32 = (value: number): GgufValue => ({ type: "float32", value });
const text = (value: string): GgufValue => ({ type: "string", value });

/** llama.cpp's number of a file's main type (`general.file_type`). */
const fileTypes: Record<GgufWritableType, number> = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 };

/**
 * Frequency factors of Llama 3's rotary embedding, `[headDim / 2]`: llama.cpp divides each frequency by its factor.
 * Wavelengths below the short bound keep their frequency, those above the long one are stretched by `factor`, and the
 * ones between are blended.
 */
function llama3Factors(scaling: Json, theta: number, headDim: number): Float32Array {
  const factor = positive(scaling, ["factor"]);
  const [low, high] = [positive(scaling, ["low_freq_factor"]), positive(scaling, ["high_freq_factor"])];
  const context = positive(scaling, ["original_max_position_embeddings"]);
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** ((2 * i) / headDim);
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    const smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** Activations and switches that llama.cpp's architectures compute with fixed values. */
function demandFixedValues(config: Json, modelType: LlamaCppModelType): void {
  if (config["quantization_config"] !== undefined && config["quantization_config"] !== null) {
    refuse(
      "quantization_config",
      config["quantization_config"],
      "absent: export the model before it is quantised",
    );
  }
  if (modelType === "gpt2") {
    demand(config, "activation_function", ["gelu_new", "gelu_pytorch_tanh"]);
    demand(config, "scale_attn_weights", [true]);
    demand(config, "scale_attn_by_inverse_layer_idx", [false]);
  } else if (modelType === "phi") {
    demand(config, "hidden_act", ["gelu_new", "gelu_pytorch_tanh"]);
    demand(config, "qk_layernorm", [false]);
  } else {
    demand(config, "hidden_act", ["silu", "swish"]);
    if (modelType.startsWith("qwen")) demand(config, "use_sliding_window", [false]);
  }
}

interface RopeOptions {
  architecture: string;
  headDim: number;
  metadata: Map<string, GgufValue>;
}

/** Writes base and scaling of the rotary embedding; gives the factors of Llama 3's. */
function addRope(
  config: Json,
  { architecture, headDim, metadata }: RopeOptions,
): LlamaCppModel["extraTensors"] {
  const parameters = isObject(config["rope_parameters"]) ? config["rope_parameters"] : undefined;
  const theta = positive(parameters ?? config, ["rope_theta"], 10000);
  const scaling = parameters ?? (isObject(config["rope_scaling"]) ? config["rope_scaling"] : {});
  const type = read(scaling, ["rope_type", "type"]) ?? "default";
  const share =
    read({ ...config, ...parameters }, ["partial_rotary_factor"]) ?? (architecture === "phi2" ? 0.5 : 1);
  if (typeof share !== "number" || !(share > 0 && share <= 1))
    return refuse("partial_rotary_factor", share, "in (0, 1]");
  metadata.set(`${architecture}.rope.freq_base`, float32(theta));
  metadata.set(`${architecture}.rope.dimension_count`, uint32(Math.floor(headDim * share)));
  if (type === "default") return [];
  if (type === "llama3" && architecture === "llama") {
    const values = llama3Factors(scaling, theta, headDim);
    return [{ name: "rope_freqs.weight", type: "F32", shape: [values.length], values }];
  }
  if (type !== "linear" && type !== "yarn")
    refuse("rope_type", type, '"default", "linear", "yarn" or, in a Llama, "llama3"');
  const prefix = `${architecture}.rope.scaling`;
  metadata.set(`${prefix}.type`, text(type));
  metadata.set(`${prefix}.factor`, float32(positive(scaling, ["factor"])));
  if (type === "yarn") {
    for (const field of ["attention_factor", "mscale", "mscale_all_dim"]) demand(scaling, field, [undefined]);
    const context = count({ ...config, ...scaling }, [
      "original_max_position_embeddings",
      "max_position_embeddings",
    ]);
    metadata.set(`${prefix}.original_context_length`, uint32(context));
    if (scaling["beta_fast"] !== undefined)
      metadata.set(`${prefix}.yarn_beta_fast`, float32(positive(scaling, ["beta_fast"])));
    if (scaling["beta_slow"] !== undefined)
      metadata.set(`${prefix}.yarn_beta_slow`, float32(positive(scaling, ["beta_slow"])));
  }
  return [];
}

/**
 * Reads a config.json and writes what llama.cpp needs of it, without the vocabulary.
 *
 * @throws ResidencyError E_CHECKPOINT for a family, an activation or a rotary embedding that llama.cpp would compute
 *   otherwise, and for a missing or impossible field.
 * @example
 * llamaCppModel(config, { type: "F16", name: "intern" }).layers; // → 6
 */
export function llamaCppModel(
  config: Json,
  { type, name }: { type: GgufWritableType; name: string },
): LlamaCppModel {
  const modelType = llamaCppModelTypes.find((known) => known === config["model_type"]);
  if (modelType === undefined)
    return refuse("model_type", config["model_type"], llamaCppModelTypes.join(", "));
  demandFixedValues(config, modelType);
  const architecture = llamaCppArchitecture[modelType];
  const hiddenSize = count(config, ["hidden_size", "n_embd"]);
  const heads = count(config, ["num_attention_heads", "n_head"]);
  const keyValueHeads = count(config, ["num_key_value_heads"], heads);
  const layers = count(config, ["num_hidden_layers", "n_layer"]);
  const vocabSize = count(config, ["vocab_size"]);
  const headDim = count(config, ["head_dim"], hiddenSize / heads);
  const isLayerNorm = modelType === "gpt2" || modelType === "phi";
  const epsilon = positive(
    config,
    isLayerNorm ? ["layer_norm_epsilon", "layer_norm_eps"] : ["rms_norm_eps"],
    isLayerNorm ? 1e-5 : 1e-6,
  );
  const feedForward = count(
    config,
    ["intermediate_size", "n_inner"],
    isLayerNorm ? 4 * hiddenSize : undefined,
  );
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", text(architecture)],
    ["general.type", text("model")],
    ["general.name", text(name)],
    ["general.file_type", uint32(fileTypes[type])],
    ["general.quantization_version", uint32(2)],
    [`${architecture}.vocab_size`, uint32(vocabSize)],
    [
      `${architecture}.context_length`,
      uint32(count(config, ["max_position_embeddings", "n_positions", "n_ctx"])),
    ],
    [`${architecture}.embedding_length`, uint32(hiddenSize)],
    [`${architecture}.block_count`, uint32(layers)],
    [`${architecture}.feed_forward_length`, uint32(feedForward)],
    [`${architecture}.attention.head_count`, uint32(heads)],
    [`${architecture}.attention.head_count_kv`, uint32(keyValueHeads)],
    [
      `${architecture}.attention.${isLayerNorm ? "layer_norm_epsilon" : "layer_norm_rms_epsilon"}`,
      float32(epsilon),
    ],
  ]);
  let extraTensors: LlamaCppModel["extraTensors"] = [];
  if (modelType !== "gpt2") {
    if (headDim !== hiddenSize / heads) {
      metadata.set(`${architecture}.attention.key_length`, uint32(headDim));
      metadata.set(`${architecture}.attention.value_length`, uint32(headDim));
    }
    extraTensors = addRope(config, { architecture, headDim, metadata });
  }
  // transformers ties GPT-2's head unless told otherwise, and no other's of these.
  const tied = (config["tie_word_embeddings"] ?? modelType === "gpt2") === true;
  return { modelType, heads, keyValueHeads, tied, metadata, vocabSize, layers, hiddenSize, extraTensors };
}

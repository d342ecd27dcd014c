/** Reads the fields of a Hugging Face config.json into typed values, once, with defaults and bounds. */
import { ResidencyError } from "../errors.ts";

/** The content of a config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Refuses a field of a config.json: E_CHECKPOINT with the value and what is allowed. */
export function refuse(field: string, value: unknown, allowed: string): never {
  const shown = value === undefined ? "missing" : JSON.stringify(value);
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot use the model's config.json: "${field}" is ${shown}, and must be ${allowed}`,
  );
}

/** A whole number above 0; `fallback` where the field is missing or null. */
export function readCount(config: ConfigJson, field: string, fallback?: number): number {
  const value = config[field] ?? fallback;
  // Far above any model, far below where products of two sizes stop being exact.
  if (typeof value !== "number" || !Number.isInteger(value) || value <= 0 || value > 2 ** 26) {
    return refuse(field, value, "a whole number from 1 to 2^26");
  }
  return value;
}

/** A finite number above 0; `fallback` where the field is missing or null. */
export function readPositive(config: ConfigJson, field: string, fallback?: number): number {
  const value = config[field] ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
    return refuse(field, value, "a number above 0");
  }
  return value;
}

/** A share that training leaves out; `fallback` where the field is missing or null. */
export function readDropout(config: ConfigJson, field: string, fallback = 0): number {
  const value = config[field] ?? fallback;
  if (typeof value !== "number" || !(value >= 0 && value < 1)) {
    return refuse(field, value, "a number of at least 0 and below 1");
  }
  return value;
}

/** A truth value; `fallback` where the field is missing or null. */
export function readFlag(config: ConfigJson, field: string, fallback: boolean): boolean {
  const value = config[field] ?? fallback;
  return typeof value === "boolean" ? value : refuse(field, value, "true or false");
}

/** The end-of-text tokens: one number, a list, or none. */
export function readTokenIds(config: ConfigJson, field: string): number[] {
  const value = config[field] ?? [];
  const list = Array.isArray(value) ? value : [value];
  return list.every((id): id is number => Number.isInteger(id))
    ? list
    : refuse(field, value, "token numbers");
}

/** A text that must be one of those that `meaning` knows; what it stands for. `fallback` where the field is missing. */
export function readChoice<T>(
  config: ConfigJson,
  field: string,
  meaning: Readonly<Record<string, T>>,
  fallback: string,
): T {
  const value = config[field] ?? fallback;
  if (typeof value !== "string" || !Object.hasOwn(meaning, value)) {
    return refuse(field, value, `one of ${Object.keys(meaning).join(", ")}`);
  }
  return meaning[value]!;
}

/** The names of config.json for GELU, and whether each is computed by tanh. */
export const geluForms: Readonly<Record<string, boolean>> = {
  gelu_new: true,
  gelu_pytorch_tanh: true,
  gelu: false,
};

/** A list of `length` numbers above 0. */
export function readPositives(config: ConfigJson, field: string, length: number): number[] {
  const value = config[field];
  const isList =
    Array.isArray(value) &&
    value.length === length &&
    value.every((item): item is number => typeof item === "number" && Number.isFinite(item) && item > 0);
  return isList ? value : refuse(field, value, `a list of ${length} numbers above 0`);
}

/** A number above 0 that a config may leave out or set to null; 0 then. */
export function readOptional(config: ConfigJson, field: string): number {
  return config[field] === undefined || config[field] === null ? 0 : readPositive(config, field);
}

/**
 * How many of the last tokens each layer sees, 0 for all: from `layer_types` where the config has it, else all layers
 * for which `slides` is true see `sliding_window` tokens.
 */
export function readWindows(
  config: ConfigJson,
  layers: number,
  slides: (layer: number) => boolean,
): number[] {
  const types = config["layer_types"] ?? undefined;
  if (types !== undefined && !(Array.isArray(types) && types.length === layers)) {
    return refuse("layer_types", types, `a list of ${layers} types`);
  }
  return Array.from({ length: layers }, (_, layer) => {
    const type: unknown = types?.[layer] ?? (slides(layer) ? "sliding_attention" : "full_attention");
    if (type === "full_attention") return 0;
    if (type !== "sliding_attention") {
      return refuse("layer_types", type, '"full_attention" or "sliding_attention"');
    }
    return readCount(config, "sliding_window");
  });
}

/** The sizes of a decoder, checked: heads share key/value heads evenly. */
export interface HeadCounts {
  numAttentionHeads: number;
  numKeyValueHeads: number;
  headDim: number;
}

/** Reads the heads of attention; `head_dim` falls back to an even split of the hidden size. */
export function readHeads(config: ConfigJson, fallbackHeadDim?: number): HeadCounts {
  const numAttentionHeads = readCount(config, "num_attention_heads");
  const numKeyValueHeads = readCount(config, "num_key_value_heads", numAttentionHeads);
  const headDim = readCount(
    config,
    "head_dim",
    fallbackHeadDim ?? readCount(config, "hidden_size") / numAttentionHeads,
  );
  if (numAttentionHeads % numKeyValueHeads !== 0) {
    return refuse("num_key_value_heads", numKeyValueHeads, `a divisor of the ${numAttentionHeads} heads`);
  }
  return { numAttentionHeads, numKeyValueHeads, headDim };
}

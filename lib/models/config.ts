/** Reads the fields of a Hugging Face config.json into typed values, once, with defaults and bounds. */
import { ResidencyError } from "../errors.ts";
import type { Llama3RopeScaling } from "../nn/index.ts";

/** The content of a config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(field: string, value: unknown, allowed: string): never {
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

/** The base and scaling of rotary embedding, from the field names of transformers 4 and of transformers 5. */
export function readRope(config: ConfigJson): { theta: number; scaling: Llama3RopeScaling | undefined } {
  const parameters = isObject(config["rope_parameters"]) ? config["rope_parameters"] : undefined;
  const theta = readPositive(parameters ?? config, "rope_theta", 10000);
  const scaling = parameters ?? (isObject(config["rope_scaling"]) ? config["rope_scaling"] : undefined);
  const type = scaling?.["rope_type"] ?? scaling?.["type"] ?? "default";
  if (!scaling || type === "default") return { theta, scaling: undefined };
  if (type !== "llama3") return refuse("rope_scaling.rope_type", type, '"default" or "llama3"');
  return {
    theta,
    scaling: {
      ropeType: "llama3",
      factor: readPositive(scaling, "factor"),
      lowFreqFactor: readPositive(scaling, "low_freq_factor"),
      highFreqFactor: readPositive(scaling, "high_freq_factor"),
      originalMaxPositionEmbeddings: readCount(scaling, "original_max_position_embeddings"),
    },
  };
}

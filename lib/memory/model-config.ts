/** Where a model's sizes come from: a config.json, or a model that offers the one it was made from. */
import { ResidencyError } from "../errors.ts";

/** The content of a Hugging Face config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** A config.json, or anything that carries one, as the models of this library do. */
export type ConfigSource = ConfigJson | { readonly configJson: ConfigJson };

const isObject = (value: unknown): value is ConfigJson =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The config.json of a source.
 *
 * @throws ResidencyError E_CHECKPOINT when it is no object.
 */
export function configOf(source: ConfigSource): ConfigJson {
  const config: unknown = isObject(source) && "configJson" in source ? source.configJson : source;
  if (isObject(config)) return config;
  const given =
    config === null ? "null" : Array.isArray(config) ? "a list" : `a value of type ${typeof config}`;
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot estimate a model from ${given}: give the object of its config.json, or the model`,
  );
}

function refuse(field: string, value: unknown, allowed: string): never {
  const shown = value === undefined ? "missing" : JSON.stringify(value);
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot estimate from the model's config.json: "${field}" is ${shown}, and must be ${allowed}`,
  );
}

/** A whole number above 0 under the first of `fields` that is there; `fallback` where none is. */
export function countOf(config: ConfigJson, fields: string | readonly string[], fallback?: number): number {
  const names = typeof fields === "string" ? [fields] : fields;
  const field = names.find((name) => config[name] !== undefined && config[name] !== null) ?? names[0]!;
  const value = config[field] ?? fallback;
  // Far above any model, far below where products of two sizes stop being exact.
  if (typeof value !== "number" || !Number.isInteger(value) || value <= 0 || value > 2 ** 26) {
    return refuse(field, value, "a whole number from 1 to 2^26");
  }
  return value;
}

/** A number above 0 and at most 1; `fallback` where the field is missing. */
export function shareOf(config: ConfigJson, field: string, fallback: number): number {
  const value = config[field] ?? fallback;
  if (typeof value !== "number" || !(value > 0 && value <= 1)) {
    return refuse(field, value, "a number above 0 and at most 1");
  }
  return value;
}

/** A bound above 0, or 0 where the field is null; `fallback` where it is missing. */
export function capOf(config: ConfigJson, field: string, fallback: number): number {
  const value = config[field] === undefined ? fallback : (config[field] ?? 0);
  if (typeof value !== "number" || !(value >= 0 && Number.isFinite(value))) {
    return refuse(field, value, "a number above 0, or null");
  }
  return value;
}

/** Whether training leaves out a share, a number of at least 0 and below 1; `fallback` where the field is missing. */
export function dropsOut(config: ConfigJson, field: string, fallback = 0): boolean {
  const value = config[field] ?? fallback;
  if (typeof value !== "number" || !(value >= 0 && value < 1)) {
    return refuse(field, value, "a number of at least 0 and below 1");
  }
  return value > 0;
}

/** A truth value; `fallback` where the field is missing. */
export function flagOf(config: ConfigJson, field: string, fallback: boolean): boolean {
  const value = config[field] ?? fallback;
  return typeof value === "boolean" ? value : refuse(field, value, "true or false");
}

/** A text; `fallback` where the field is missing. */
export function textOf(config: ConfigJson, field: string, fallback: string): string {
  const value = config[field] ?? fallback;
  return typeof value === "string" ? value : refuse(field, value, "a text");
}

/** The settings of an adapter as PEFT's adapter_config.json has them, both ways. */
import { ResidencyError } from "../errors.ts";
import { isInitLoraWeights, LoraConfig, type LoraBias } from "./config.ts";
import type { AnyLoraConfig } from "./targets.ts";

/** The release of PEFT whose fields are written. */
const peftVersion = "0.21.0";

/** Fields of PEFT for what this library has not; they are written with the value that means none of it. */
const unusedFields = {
  alora_invocation_tokens: null,
  arrow_config: null,
  auto_mapping: null,
  corda_config: null,
  eva_config: null,
  kasa_config: null,
  layer_replication: null,
  loftq_config: {},
  lora_bias: false,
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: "megatron.core",
  monteclora_config: null,
  qalora_group_size: 16,
  target_parameters: null,
  trainable_token_indices: null,
  use_bdlora: null,
  use_qalora: false,
  velora_config: null,
} as const;

const orNull = <T>(value: T | undefined): T | null => value ?? null;

const sorted = (names: readonly string[] | string | undefined): string[] | string | null =>
  typeof names === "string" ? names : names ? [...names].sort() : null;

/** The fields of adapter_config.json, in the order that PEFT writes them: `targets` are the names that "all-linear" means. */
export function toAdapterConfigJson(
  config: AnyLoraConfig,
  { fanInFanOut = false, targets = config.targetModules }: { fanInFanOut?: boolean; targets?: readonly string[] | string } = {},
): Record<string, unknown> {
  const { layersToTransform, layersPattern } = config;
  const fields: Record<string, unknown> = {
    ...unusedFields,
    alpha_pattern: config.alphaPattern,
    base_model_name_or_path: config.baseModelNameOrPath,
    bias: config.bias,
    ensure_weight_tying: config.ensureWeightTying,
    exclude_modules: sorted(config.excludeModules),
    fan_in_fan_out: fanInFanOut,
    inference_mode: true,
    init_lora_weights: config.initLoraWeights,
    layers_pattern: orNull(layersPattern),
    layers_to_transform: orNull(layersToTransform),
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    modules_to_save: config.modulesToSave ? [...config.modulesToSave] : null,
    peft_type: "LORA",
    peft_version: peftVersion,
    r: config.r,
    rank_pattern: config.rankPattern,
    revision: config.revision,
    target_modules: sorted(targets),
    task_type: config.taskType,
    use_dora: config.useDora,
    use_rslora: config.useRslora,
  };
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Json = Readonly<Record<string, unknown>>;

function refuse(json: Json, field: string, allowed: string): never {
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot load the adapter: "${field}" is ${JSON.stringify(json[field])}, and must be ${allowed}`,
  );
}

/** Fields that change what an adapter computes, which must have no value here. */
const unknownAddenda = [
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "layer_replication",
  "lora_bias",
  "monteclora_config",
  "target_parameters",
  "trainable_token_indices",
  "use_bdlora",
  "use_qalora",
  "velora_config",
];

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

function names(json: Json, field: string): string[] | string | undefined {
  const value = json[field] ?? undefined;
  if (value === undefined || typeof value === "string" || isNames(value)) return value;
  return refuse(json, field, "a name or a list of names");
}

function number(json: Json, field: string): number | undefined {
  const value = json[field] ?? undefined;
  return value === undefined || typeof value === "number" ? value : refuse(json, field, "a number");
}

function text(json: Json, field: string): string | null {
  const value = json[field] ?? null;
  return value === null || typeof value === "string" ? value : refuse(json, field, "a text");
}

function pattern(json: Json, field: string): Record<string, number> {
  const value = json[field] ?? {};
  const isPattern = typeof value === "object" && Object.values(value).every((entry) => typeof entry === "number");
  return isPattern ? (value as Record<string, number>) : refuse(json, field, "numbers by name");
}

function layers(json: Json): number[] | number | undefined {
  const value = json["layers_to_transform"] ?? undefined;
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === "number");
  if (value === undefined || typeof value === "number" || isList) return value as number[] | number | undefined;
  return refuse(json, "layers_to_transform", "a number or a list of numbers");
}

/** Ways to begin that leave the base weight alone, so that their result is an adapter as any other. */
const plainBeginnings: readonly unknown[] = ["eva", "orthogonal", "lora_ga"];

/**
 * Reads PEFT's adapter_config.json; fields it does not know are ignored, as in PEFT.
 *
 * @throws ResidencyError E_CHECKPOINT when it asks for what this library does not compute, or a field has a wrong type.
 */
export function fromAdapterConfigJson(json: Json): LoraConfig<string, string> {
  if (json["peft_type"] !== "LORA") refuse(json, "peft_type", '"LORA"');
  for (const field of unknownAddenda) {
    const value = json[field] ?? false;
    const isEmpty = value === false || (typeof value === "object" && Object.keys(value).length === 0);
    if (!isEmpty) refuse(json, field, "left out: this library does not know it");
  }
  const targetModules = names(json, "target_modules") ?? refuse(json, "target_modules", "a list of names or a pattern");
  const init = json["init_lora_weights"] ?? true;
  const initLoraWeights = plainBeginnings.includes(init) ? true : init;
  if (!isInitLoraWeights(initLoraWeights)) {
    return refuse(json, "init_lora_weights", 'true, false, "gaussian", "pissa", "pissa_niter_4" or "olora"');
  }
  const bias = json["bias"] ?? "none";
  if (bias !== "none" && bias !== "all" && bias !== "lora_only") refuse(json, "bias", '"none", "all" or "lora_only"');
  const modulesToSave = names(json, "modules_to_save");
  const options = {
    r: number(json, "r"),
    loraAlpha: number(json, "lora_alpha"),
    loraDropout: number(json, "lora_dropout"),
    excludeModules: names(json, "exclude_modules"),
    layersToTransform: layers(json),
    layersPattern: names(json, "layers_pattern"),
    modulesToSave: typeof modulesToSave === "string" ? [modulesToSave] : modulesToSave,
  };
  try {
    return new LoraConfig<string, string>({
      ...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<typeof options> as object),
      targetModules,
      rankPattern: pattern(json, "rank_pattern"),
      alphaPattern: pattern(json, "alpha_pattern"),
      ensureWeightTying: json["ensure_weight_tying"] === true,
      bias: bias as LoraBias,
      useRslora: json["use_rslora"] === true,
      useDora: json["use_dora"] === true,
      initLoraWeights,
      taskType: json["task_type"] === "CAUSAL_LM" ? "CAUSAL_LM" : null,
      baseModelNameOrPath: text(json, "base_model_name_or_path"),
      revision: text(json, "revision"),
    });
  } catch (error) {
    throw new ResidencyError("E_CHECKPOINT", `Cannot load the adapter: ${(error as Error).message}`, { cause: error });
  }
}

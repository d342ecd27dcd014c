/** PEFT's adapter_config.json: what a config writes, and what it reads. */
import { ResidencyError } from "../errors.ts";
import { isInitLoraWeights, LoraConfig, type LoraBias } from "./config.ts";

const listOrNull = (names: readonly (string | number)[] | string | number | undefined): unknown =>
  names === undefined ? null : typeof names === "object" ? [...names] : names;

/** The fields of PEFT 0.21's adapter_config.json; `init_lora_weights` is true where a base weight is to be left alone on loading. */
export function toAdapterConfigJson(
  config: LoraConfig<string, string>,
  { fanInFanOut = false, baseModel }: { fanInFanOut?: boolean; baseModel?: string | null } = {},
): Record<string, unknown> {
  const { targetModules, modulesToSave, initLoraWeights } = config;
  return {
    alpha_pattern: { ...config.alphaPattern },
    auto_mapping: null,
    base_model_name_or_path: baseModel === undefined ? config.baseModelNameOrPath : baseModel,
    bias: config.bias,
    ensure_weight_tying: config.ensureWeightTying,
    exclude_modules: listOrNull(config.excludeModules),
    fan_in_fan_out: fanInFanOut,
    inference_mode: true,
    init_lora_weights: initLoraWeights,
    layers_pattern: listOrNull(config.layersPattern),
    layers_to_transform: listOrNull(config.layersToTransform),
    lora_alpha: config.loraAlpha,
    lora_bias: false,
    lora_dropout: config.loraDropout,
    modules_to_save: listOrNull(modulesToSave),
    peft_type: "LORA",
    r: config.r,
    rank_pattern: { ...config.rankPattern },
    revision: config.revision,
    target_modules: typeof targetModules === "string" ? targetModules : [...targetModules].sort(),
    task_type: config.taskType,
    use_dora: config.useDora,
    use_rslora: config.useRslora,
  };
}

/** Fields of PEFT that change what an adapter computes and that this library has not, with the values that mean "no". */
const unsupportedFields: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  lora_bias: [false, undefined],
  layer_replication: [null, undefined],
  target_parameters: [null, undefined],
  trainable_token_indices: [null, undefined],
  alora_invocation_tokens: [null, undefined],
  use_qalora: [false, undefined],
  use_bdlora: [null, undefined],
};

/** Ways to begin of PEFT's that leave the base weights as they are: once it is saved, such an adapter is a LoRA like any other. */
const plainStarts: readonly unknown[] = ["eva", "orthogonal"];

type Json = Readonly<Record<string, unknown>>;

function refuse(json: Json, field: string, allowed: string): never {
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot load the adapter: "${field}" is ${JSON.stringify(json[field])}, and must be ${allowed}`,
  );
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

function names(json: Json, field: string): string[] | string | undefined {
  const value = json[field] ?? undefined;
  if (value === undefined || typeof value === "string" || isStrings(value)) return value;
  return refuse(json, field, "a list of names, or a text");
}

function numbersByName(json: Json, field: string): Record<string, number> {
  const entries = Object.entries(json[field] ?? {}) as [string, unknown][];
  if (entries.some(([, value]) => typeof value !== "number")) refuse(json, field, "numbers by name");
  return Object.fromEntries(entries) as Record<string, number>;
}

function numberOf(json: Json, field: string, fallback: number): number {
  const value = json[field] ?? fallback;
  return typeof value === "number" ? value : refuse(json, field, "a number");
}

/**
 * Reads PEFT's adapter_config.json; fields it does not know are ignored, as in PEFT.
 *
 * @throws ResidencyError E_CHECKPOINT when it asks for what this library does not compute.
 */
export function fromAdapterConfigJson(json: Json): LoraConfig<string, string> {
  for (const [field, allowed] of Object.entries(unsupportedFields)) {
    if (!allowed.includes(json[field])) refuse(json, field, JSON.stringify(allowed[0]));
  }
  const targetModules = names(json, "target_modules");
  if (targetModules === undefined)
    return refuse(json, "target_modules", 'a list of names, a pattern or "all-linear"');
  const layers = json["layers_to_transform"] ?? undefined;
  const isLayers =
    layers === undefined ||
    typeof layers === "number" ||
    (Array.isArray(layers) && layers.every((layer): layer is number => typeof layer === "number"));
  if (!isLayers) return refuse(json, "layers_to_transform", "a number or a list of numbers");
  const begun = json["init_lora_weights"] ?? true;
  const init = plainStarts.includes(begun) || begun;
  const modulesToSave = names(json, "modules_to_save");
  if (typeof modulesToSave === "string") return refuse(json, "modules_to_save", "a list of names");
  const text = (field: string): string | null => (typeof json[field] === "string" ? json[field] : null);
  return new LoraConfig<string, string>({
    r: numberOf(json, "r", 8),
    loraAlpha: numberOf(json, "lora_alpha", 8),
    loraDropout: numberOf(json, "lora_dropout", 0),
    useRslora: json["use_rslora"] === true,
    useDora: json["use_dora"] === true,
    bias: (text("bias") ?? "none") as LoraBias,
    targetModules,
    excludeModules: names(json, "exclude_modules"),
    layersToTransform: layers,
    layersPattern: names(json, "layers_pattern"),
    rankPattern: numbersByName(json, "rank_pattern"),
    alphaPattern: numbersByName(json, "alpha_pattern"),
    modulesToSave,
    ensureWeightTying: json["ensure_weight_tying"] === true,
    initLoraWeights: isInitLoraWeights(init) ? init : refuse(json, "init_lora_weights", "one that is known"),
    taskType: text("task_type") === "CAUSAL_LM" ? "CAUSAL_LM" : null,
    baseModelNameOrPath: text("base_model_name_or_path"),
    revision: text("revision"),
  });
}

/** The settings of LoRA, with the names and defaults of PEFT's LoraConfig. */
import { ResidencyError } from "../errors.ts";
import type { LinearLayer, Module } from "../nn/index.ts";

/** The names of the linear layers of a model type, at any depth: what `targetModules` may hold. */
export type LinearNames<M> = M extends Module
  ? {
      [K in keyof M & string]: M[K] extends LinearLayer
        ? K
        : M[K] extends Module
          ? LinearNames<M[K]>
          : M[K] extends readonly (infer Item)[]
            ? LinearNames<Item>
            : never;
    }[keyof M & string]
  : never;

/** Options of {@link LoraConfig}. */
export interface LoraConfigOptions<Target extends string = string> {
  /** The rank of the addition. */
  r?: number;
  /** The addition is scaled by loraAlpha / r. */
  loraAlpha?: number;
  /** Names of linear layers, or "all-linear" for all but the head. */
  targetModules: readonly Target[] | "all-linear";
  /** The share of inputs that each training step leaves out of the addition, in [0, 1). */
  loraDropout?: number;
  /** Scales by loraAlpha / sqrt(r) instead (Kalajdzievski, 2023). */
  useRslora?: boolean;
  taskType?: "CAUSAL_LM";
}

/**
 * The settings of LoRA (Hu et al., 2021).
 *
 * @example
 * const config = new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] });
 */
export class LoraConfig<Target extends string = string> {
  readonly r: number;
  readonly loraAlpha: number;
  readonly targetModules: readonly Target[] | "all-linear";
  readonly loraDropout: number;
  readonly useRslora: boolean;
  readonly taskType: "CAUSAL_LM";

  /** @throws ResidencyError E_CONFIG for a value outside its range. */
  constructor(options: LoraConfigOptions<Target>) {
    const { r = 8, loraAlpha = 8, targetModules, loraDropout = 0, useRslora = false } = options;
    const refuse = (what: string): never => {
      throw new ResidencyError("E_CONFIG", `Cannot configure LoRA with ${what}`);
    };
    if (!(Number.isInteger(r) && r >= 1)) refuse(`r ${r}: the rank must be an integer of at least 1`);
    if (!(loraAlpha > 0 && Number.isFinite(loraAlpha))) refuse(`loraAlpha ${loraAlpha}: it must be above 0`);
    if (!(loraDropout >= 0 && loraDropout < 1)) refuse(`loraDropout ${loraDropout}: it must be in [0, 1)`);
    if (targetModules.length === 0) refuse("no targetModules: name at least one linear layer");
    this.r = r;
    this.loraAlpha = loraAlpha;
    this.targetModules = targetModules;
    this.loraDropout = loraDropout;
    this.useRslora = useRslora;
    this.taskType = options.taskType ?? "CAUSAL_LM";
  }

  /** What B·A is multiplied by. */
  get scaling(): number {
    return this.loraAlpha / (this.useRslora ? Math.sqrt(this.r) : this.r);
  }
}

/** The fields of PEFT's adapter_config.json that this library writes. */
export function toAdapterConfigJson(
  config: LoraConfig,
  baseModel: string | null,
  { fanInFanOut = false }: { fanInFanOut?: boolean } = {},
): Record<string, unknown> {
  const { targetModules } = config;
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: "none",
    fan_in_fan_out: fanInFanOut,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: config.r,
    rank_pattern: {},
    revision: null,
    target_modules: targetModules === "all-linear" ? targetModules : [...targetModules].sort(),
    task_type: config.taskType,
    use_dora: false,
    use_rslora: config.useRslora,
  };
}

/** Fields that change what an adapter computes, with the only value of each that this library follows so far. */
const unsupportedFields: readonly [field: string, allowed: readonly unknown[]][] = [
  ["peft_type", ["LORA"]],
  ["bias", ["none"]],
  ["use_dora", [false, undefined]],
  ["modules_to_save", [null, undefined]],
  ["layers_to_transform", [null, undefined]],
];

/**
 * Reads PEFT's adapter_config.json; fields it does not know are ignored, as in PEFT.
 *
 * @throws ResidencyError E_CHECKPOINT when it asks for what this library does not compute.
 */
export function fromAdapterConfigJson(json: Readonly<Record<string, unknown>>): LoraConfig {
  const refuse = (field: string, allowed: string): never => {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load the adapter: "${field}" is ${JSON.stringify(json[field])}, and must be ${allowed}`,
    );
  };
  for (const [field, allowed] of unsupportedFields) {
    if (!allowed.includes(json[field])) refuse(field, JSON.stringify(allowed[0]));
  }
  for (const field of ["rank_pattern", "alpha_pattern"]) {
    if (Object.keys(json[field] ?? {}).length > 0) refuse(field, "empty");
  }
  const targets = json["target_modules"];
  const isList =
    Array.isArray(targets) && targets.every((target): target is string => typeof target === "string");
  if (!isList && targets !== "all-linear") return refuse("target_modules", 'a list of names or "all-linear"');
  const count = (field: string, fallback: number): number => {
    const value = json[field] ?? fallback;
    return typeof value === "number" ? value : refuse(field, "a number");
  };
  return new LoraConfig({
    r: count("r", 8),
    loraAlpha: count("lora_alpha", 8),
    loraDropout: count("lora_dropout", 0),
    useRslora: json["use_rslora"] === true,
    targetModules: targets,
  });
}

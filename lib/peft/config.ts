/** The settings of LoRA, with the names and defaults of PEFT's LoraConfig. */
import { ResidencyError } from "../errors.ts";
import type { PatternKey } from "./layer-names.ts";

/** Which biases are trained beside the adapter: none, those of all layers, or those of the targeted layers. */
export type LoraBias = "none" | "all" | "lora_only";

/**
 * How an adapter begins. `true`: A at random, B zero. `"gaussian"`: A normal with a deviation of 1/r. `"pissa"`: the r
 * largest singular triples of the weight (Meng et al., 2024), `"pissa_niter_k"` their estimate by k subspace iterations,
 * `"olora"`: the first r columns of Q and rows of R (Büyükakyüz, 2024); these three take their part out of the base weight.
 * `false`: A and B at random, so that the model changes at once, which is for tests.
 */
export type InitLoraWeights = boolean | "gaussian" | "pissa" | `pissa_niter_${number}` | "olora";

/** Options of {@link LoraConfig}. */
export interface LoraConfigOptions<Target extends string = string, Saved extends string = string> {
  /** The rank of the addition; 8 when left out. */
  r?: number;
  /** The addition is scaled by loraAlpha / r; 8 when left out. */
  loraAlpha?: number;
  /**
   * Names of linear layers and embeddings, each whole or as the end of a dotted name; "all-linear" for all linear layers
   * but the head; or a regular expression for whole dotted names.
   */
  targetModules: readonly Target[] | "all-linear" | (string & {});
  /** Layers that get no adapter although they are targets: names as above, or a regular expression for whole names. */
  excludeModules?: readonly string[] | string | undefined;
  /** Numbers of the blocks that get an adapter; all when left out. Only with a list of targets. */
  layersToTransform?: readonly number[] | number | undefined;
  /** The names of the lists of blocks, such as "layers" or "h", that layersToTransform counts in; any when left out. */
  layersPattern?: readonly string[] | string | undefined;
  /** Other ranks: by target, end of a dotted name, or regular expression for such an end. The first match counts. */
  rankPattern?: Readonly<Partial<Record<PatternKey<NoInfer<Target>>, number>>>;
  /** Other alphas, by the same rule. */
  alphaPattern?: Readonly<Partial<Record<PatternKey<NoInfer<Target>>, number>>>;
  /** Layers of which the adapter has a full copy of its own, trained and saved with it. */
  modulesToSave?: readonly Saved[] | undefined;
  /**
   * With a tied embedding or head in modulesToSave or targetModules: trains one copy, or one adapter, for both, so that they stay tied, as in
   * PEFT; of one adapter the head has the embedding's matrices, transposed.
   */
  ensureWeightTying?: boolean;
  bias?: LoraBias;
  /** The share of inputs that each training step leaves out of the addition, in [0, 1). */
  loraDropout?: number;
  /** Scales by loraAlpha / sqrt(r) instead (Kalajdzievski, 2023). */
  useRslora?: boolean;
  /** Trains direction and magnitude of each output's weights apart (Liu et al., 2024). */
  useDora?: boolean;
  initLoraWeights?: InitLoraWeights;
  taskType?: "CAUSAL_LM" | null;
  /** What adapter_config.json says the adapter was trained on; `getPeftModel` puts in where the model was loaded from when left out. */
  baseModelNameOrPath?: string | null;
  revision?: string | null;
}

/** Whether a value is one of {@link InitLoraWeights}. */
export function isInitLoraWeights(value: unknown): value is InitLoraWeights {
  if (typeof value === "boolean" || value === "gaussian" || value === "pissa" || value === "olora")
    return true;
  return typeof value === "string" && /^pissa_niter_\d{1,3}$/.test(value);
}

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot configure LoRA with ${what}`);
}

function checkNumbers({ r = 8, loraAlpha = 8, loraDropout = 0 }: Partial<LoraConfigOptions>): void {
  if (!(Number.isInteger(r) && r >= 1)) refuse(`r ${r}: the rank must be an integer of at least 1`);
  if (!(loraAlpha > 0 && Number.isFinite(loraAlpha))) refuse(`loraAlpha ${loraAlpha}: it must be above 0`);
  if (!(loraDropout >= 0 && loraDropout < 1)) refuse(`loraDropout ${loraDropout}: it must be in [0, 1)`);
}

function checkLayers({ targetModules, layersToTransform, layersPattern }: LoraConfigOptions): void {
  const layers = typeof layersToTransform === "number" ? [layersToTransform] : (layersToTransform ?? []);
  for (const layer of layers) {
    if (!(Number.isInteger(layer) && layer >= 0))
      refuse(`layersToTransform ${layer}: blocks are counted from 0`);
  }
  if (layers.length > 0 && typeof targetModules === "string") {
    refuse(
      `layersToTransform and targetModules "${targetModules}": name the targets in a list, or put the blocks into the pattern`,
    );
  }
  if (layersPattern !== undefined && layersPattern.length > 0 && layers.length === 0) {
    refuse("layersPattern and no layersToTransform: the pattern says where those blocks are counted");
  }
}

const alphasAndRanks = ["rankPattern", "alphaPattern"] as const;

/**
 * The settings of LoRA (Hu et al., 2021).
 *
 * @example
 * const config = new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] });
 */
export class LoraConfig<Target extends string = string, Saved extends string = never> {
  readonly r: number;
  readonly loraAlpha: number;
  readonly targetModules: readonly Target[] | "all-linear" | (string & {});
  readonly excludeModules: readonly string[] | string | undefined;
  readonly layersToTransform: readonly number[] | number | undefined;
  readonly layersPattern: readonly string[] | string | undefined;
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly modulesToSave: readonly Saved[] | undefined;
  readonly ensureWeightTying: boolean;
  readonly bias: LoraBias;
  readonly loraDropout: number;
  readonly useRslora: boolean;
  readonly useDora: boolean;
  readonly initLoraWeights: InitLoraWeights;
  readonly taskType: "CAUSAL_LM" | null;
  readonly baseModelNameOrPath: string | null;
  readonly revision: string | null;

  /** @throws ResidencyError E_CONFIG for a value outside its range, or options that contradict each other. */
  constructor(options: LoraConfigOptions<Target, Saved>) {
    const { targetModules, modulesToSave, bias = "none", initLoraWeights = true } = options;
    checkNumbers(options);
    if (targetModules.length === 0) refuse("no targetModules: name at least one linear layer");
    checkLayers(options);
    for (const pattern of alphasAndRanks) {
      for (const [key, value] of Object.entries<number | undefined>({ ...options[pattern] })) {
        const isRank = pattern === "rankPattern";
        const fits = value !== undefined && (isRank ? Number.isInteger(value) && value >= 1 : value > 0);
        if (!fits || !Number.isFinite(value)) {
          refuse(
            `${pattern} { "${key}": ${value} }: it must be ${isRank ? "an integer of at least 1" : "above 0"}`,
          );
        }
      }
    }
    if (!["none", "all", "lora_only"].includes(bias)) {
      refuse(`bias ${JSON.stringify(bias)}: it must be "none", "all" or "lora_only"`);
    }
    if (!isInitLoraWeights(initLoraWeights)) {
      refuse(
        `initLoraWeights ${JSON.stringify(initLoraWeights)}: it must be true, false, "gaussian", "pissa", "pissa_niter_" and a ` +
          'number, or "olora"',
      );
    }
    this.r = options.r ?? 8;
    this.loraAlpha = options.loraAlpha ?? 8;
    this.targetModules = targetModules;
    this.excludeModules = options.excludeModules;
    this.layersToTransform = options.layersToTransform;
    this.layersPattern = options.layersPattern;
    this.rankPattern = { ...options.rankPattern } as Record<string, number>;
    this.alphaPattern = { ...options.alphaPattern } as Record<string, number>;
    this.modulesToSave = modulesToSave && modulesToSave.length > 0 ? modulesToSave : undefined;
    this.ensureWeightTying = options.ensureWeightTying ?? false;
    this.bias = bias;
    this.loraDropout = options.loraDropout ?? 0;
    this.useRslora = options.useRslora ?? false;
    this.useDora = options.useDora ?? false;
    this.initLoraWeights = initLoraWeights;
    this.taskType = options.taskType === undefined ? "CAUSAL_LM" : options.taskType;
    this.baseModelNameOrPath = options.baseModelNameOrPath ?? null;
    this.revision = options.revision ?? null;
  }

  /** What B·A is multiplied by where no pattern says otherwise. */
  get scaling(): number {
    return this.scalingOf(this.r, this.loraAlpha);
  }

  /** What B·A of a rank and an alpha is multiplied by. */
  scalingOf(r: number, loraAlpha: number): number {
    return loraAlpha / (this.useRslora ? Math.sqrt(r) : r);
  }

  /** The same settings with some replaced. */
  with(changes: Partial<LoraConfigOptions>): LoraConfig<string, string> {
    return new LoraConfig<string, string>({ ...(this as LoraConfigOptions), ...changes });
  }
}

/** The settings of a training run, with the names and defaults of transformers' TrainingArguments. */
import { ResidencyError } from "../errors.ts";
import {
  checkSchedulerKwargs,
  optimizerNames,
  schedulerTypes,
  type LrSchedulerKwargs,
  type OptimizerName,
  type SchedulerChoice,
  type SchedulerType,
} from "../optim/index.ts";
import {
  checkStrategies,
  evalLossWeightings,
  intervalStrategies,
  reportTargets,
  saveStrategies,
  type EvalLossWeighting,
  type IntervalStrategy,
  type ReportTarget,
  type SaveStrategy,
} from "./strategies.ts";
import { warningCodes, type WarningCode } from "./warnings.ts";

/** In which order rows are trained on. */
export const samplingStrategies = ["random", "sequential", "group_by_length"] as const;

/** The name of an order. */
export type SamplingStrategy = (typeof samplingStrategies)[number];

/** The options of {@link TrainingArguments} but for the schedule; each may be left out. */
export interface TrainingSettings {
  /** Rows a micro-batch. */
  perDeviceTrainBatchSize?: number;
  perDeviceEvalBatchSize?: number;
  /** Micro-batches an optimiser step; the loss is the mean over all their trained tokens together. */
  gradientAccumulationSteps?: number;
  learningRate?: number;
  numTrainEpochs?: number;
  /** Optimiser steps; overrides the epochs when above 0. 0 and -1, which is transformers' default, leave it to the epochs. */
  maxSteps?: number;
  warmupSteps?: number;
  /** Warm-up as a share of all steps, rounded up; only when warmupSteps is 0. */
  warmupRatio?: number;
  /** Gradients are scaled down to this norm; 0 leaves them as they are. */
  maxGradNorm?: number;
  weightDecay?: number;
  /** The share of the loss that wants all tokens equally likely, in [0, 1); 0, the default, smooths no labels. */
  labelSmoothingFactor?: number;
  /** The optimiser; "adamw_torch" when left out. */
  optim?: OptimizerName;
  /** What the learning rate of LoRA's B is multiplied by, as LoRA+ has it; 1 when left out. */
  loraplusLrRatio?: number;
  adamBeta1?: number;
  adamBeta2?: number;
  adamEpsilon?: number;
  seed?: number;
  /** Optimiser steps between two entries of the log. */
  loggingSteps?: number;
  /** Optimiser steps between two evaluations; loggingSteps when 0. */
  evalSteps?: number;
  /** When to evaluate; "steps" when evalSteps is above 0, else "no". */
  evalStrategy?: IntervalStrategy;
  /** Whether to evaluate before the first step, too. */
  evalOnStart?: boolean;
  /** "token" (when left out): the mean over all tokens; "row": the mean of each batch weighted by rows, as in transformers. */
  evalLossWeighting?: EvalLossWeighting;
  /** When the log gets an entry; "steps" when left out. */
  loggingStrategy?: IntervalStrategy;
  /** Whether the first step is logged, too. */
  loggingFirstStep?: boolean;
  /** The folder of log files; none are written when left out. */
  loggingDir?: string;
  /** Which log files are written to loggingDir; all when left out. */
  reportTo?: readonly ReportTarget[];
  /** The folder of checkpoints; none are written when left out. */
  outputDir?: string;
  /** Whether a new run removes the checkpoints that outputDir holds; it is refused otherwise. */
  overwriteOutputDir?: boolean;
  /** When to save a checkpoint: "steps" when left out and outputDir is given; "best" at each best metric so far. */
  saveStrategy?: SaveStrategy;
  /** Optimiser steps between two checkpoints. */
  saveSteps?: number;
  /** Older checkpoints than this many are removed, the best one excepted; 0 keeps all. */
  saveTotalLimit?: number;
  /** Saves neither the optimiser nor the streams of chance; the run cannot be resumed then. */
  saveOnlyModel?: boolean;
  /** Whether the trained parameters are those of the best checkpoint in the end. */
  loadBestModelAtEnd?: boolean;
  /** The figure of an evaluation that says which checkpoint is best: "loss" (when left out) or one of computeMetrics. */
  metricForBestModel?: string;
  /** Whether more is better; when left out, unless the metric's name ends with "loss". */
  greaterIsBetter?: boolean;
  trainSamplingStrategy?: SamplingStrategy;
  /** Keeps each layer's input only and makes its activations again in the backward pass: a third more work, far less memory. */
  gradientCheckpointing?: boolean;
  /** NEFTune: uniform noise of up to `alpha / sqrt(T · hidden)` on the embedding in training; 0, the default, adds none. */
  neftuneNoiseAlpha?: number;
  /** Whether no progress is shown; when left out, it is on a terminal only. */
  disableTqdm?: boolean;
  /** The codes of warnings that are not wanted. */
  silenceWarnings?: readonly WarningCode[];
}

/** Options of {@link TrainingArguments}; each may be left out. */
export type TrainingArgumentsOptions = TrainingSettings & SchedulerChoice;

/** The lowest value of each number, and whether it must be whole. */
const bounds: Record<string, { lowest: number; whole: boolean }> = {
  perDeviceTrainBatchSize: { lowest: 1, whole: true },
  perDeviceEvalBatchSize: { lowest: 1, whole: true },
  gradientAccumulationSteps: { lowest: 1, whole: true },
  learningRate: { lowest: Number.MIN_VALUE, whole: false },
  numTrainEpochs: { lowest: Number.MIN_VALUE, whole: false },
  maxSteps: { lowest: 0, whole: true },
  warmupSteps: { lowest: 0, whole: true },
  warmupRatio: { lowest: 0, whole: false },
  maxGradNorm: { lowest: 0, whole: false },
  weightDecay: { lowest: 0, whole: false },
  labelSmoothingFactor: { lowest: 0, whole: false },
  loraplusLrRatio: { lowest: Number.MIN_VALUE, whole: false },
  seed: { lowest: 0, whole: true },
  loggingSteps: { lowest: 1, whole: true },
  evalSteps: { lowest: 0, whole: true },
  neftuneNoiseAlpha: { lowest: 0, whole: false },
  saveSteps: { lowest: 1, whole: true },
  saveTotalLimit: { lowest: 0, whole: true },
};

function check(name: string, value: unknown): void {
  const bound = bounds[name];
  if (!bound) return;
  const fits = typeof value === "number" && Number.isFinite(value) && value >= bound.lowest;
  if (!fits || (bound.whole && !Number.isInteger(value))) {
    const kind = bound.whole ? "a whole number" : "a number";
    const from = bound.lowest === Number.MIN_VALUE ? "above 0" : `of at least ${bound.lowest}`;
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot train with ${name} ${String(value)}: it must be ${kind} ${from}`,
    );
  }
}

/**
 * The settings of a training run, checked.
 *
 * @example
 * const args = new TrainingArguments({ perDeviceTrainBatchSize: 2, gradientAccumulationSteps: 8, learningRate: 1e-4 });
 */
export class TrainingArguments {
  readonly perDeviceTrainBatchSize: number;
  readonly perDeviceEvalBatchSize: number;
  readonly gradientAccumulationSteps: number;
  readonly learningRate: number;
  readonly numTrainEpochs: number;
  readonly maxSteps: number;
  readonly warmupSteps: number;
  readonly warmupRatio: number;
  readonly lrSchedulerType: SchedulerType;
  readonly lrSchedulerKwargs: LrSchedulerKwargs | undefined;
  readonly maxGradNorm: number;
  readonly weightDecay: number;
  readonly labelSmoothingFactor: number;
  readonly optim: OptimizerName;
  readonly loraplusLrRatio: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  readonly seed: number;
  readonly loggingSteps: number;
  readonly evalSteps: number;
  readonly evalStrategy: IntervalStrategy;
  readonly evalOnStart: boolean;
  readonly evalLossWeighting: EvalLossWeighting;
  readonly loggingStrategy: IntervalStrategy;
  readonly loggingFirstStep: boolean;
  readonly loggingDir: string | undefined;
  readonly reportTo: readonly ReportTarget[];
  readonly outputDir: string | undefined;
  readonly overwriteOutputDir: boolean;
  readonly saveStrategy: SaveStrategy;
  readonly saveSteps: number;
  readonly saveTotalLimit: number;
  readonly saveOnlyModel: boolean;
  readonly loadBestModelAtEnd: boolean;
  readonly metricForBestModel: string;
  readonly greaterIsBetter: boolean;
  readonly trainSamplingStrategy: SamplingStrategy;
  readonly gradientCheckpointing: boolean;
  readonly neftuneNoiseAlpha: number;
  readonly disableTqdm: boolean | undefined;
  readonly silenceWarnings: readonly WarningCode[];

  /** @throws ResidencyError E_CONFIG for a value outside its range, naming it and what is allowed. */
  constructor(options: TrainingArgumentsOptions = {}) {
    this.perDeviceTrainBatchSize = options.perDeviceTrainBatchSize ?? 8;
    this.perDeviceEvalBatchSize = options.perDeviceEvalBatchSize ?? 8;
    this.gradientAccumulationSteps = options.gradientAccumulationSteps ?? 1;
    this.learningRate = options.learningRate ?? 5e-5;
    this.numTrainEpochs = options.numTrainEpochs ?? 3;
    this.maxSteps = options.maxSteps === -1 ? 0 : (options.maxSteps ?? 0);
    this.warmupSteps = options.warmupSteps ?? 0;
    this.warmupRatio = options.warmupRatio ?? 0;
    this.lrSchedulerType = options.lrSchedulerType ?? "linear";
    this.lrSchedulerKwargs = options.lrSchedulerKwargs;
    this.maxGradNorm = options.maxGradNorm ?? 1;
    this.weightDecay = options.weightDecay ?? 0;
    this.labelSmoothingFactor = options.labelSmoothingFactor ?? 0;
    this.optim = options.optim ?? "adamw_torch";
    this.loraplusLrRatio = options.loraplusLrRatio ?? 1;
    this.adamBeta1 = options.adamBeta1 ?? 0.9;
    this.adamBeta2 = options.adamBeta2 ?? 0.999;
    this.adamEpsilon = options.adamEpsilon ?? 1e-8;
    this.seed = options.seed ?? 42;
    this.loggingSteps = options.loggingSteps ?? 500;
    this.evalStrategy = options.evalStrategy ?? ((options.evalSteps ?? 0) > 0 ? "steps" : "no");
    this.evalSteps = options.evalSteps || (this.evalStrategy === "steps" ? this.loggingSteps : 0);
    this.evalOnStart = options.evalOnStart ?? false;
    this.evalLossWeighting = options.evalLossWeighting ?? "token";
    this.loggingStrategy = options.loggingStrategy ?? "steps";
    this.loggingFirstStep = options.loggingFirstStep ?? false;
    this.loggingDir = options.loggingDir;
    this.reportTo = options.reportTo ?? (this.loggingDir === undefined ? [] : reportTargets);
    this.outputDir = options.outputDir;
    this.overwriteOutputDir = options.overwriteOutputDir ?? false;
    this.saveStrategy = options.saveStrategy ?? (this.outputDir === undefined ? "no" : "steps");
    this.saveSteps = options.saveSteps ?? 500;
    this.saveTotalLimit = options.saveTotalLimit ?? 0;
    this.saveOnlyModel = options.saveOnlyModel ?? false;
    this.loadBestModelAtEnd = options.loadBestModelAtEnd ?? false;
    this.metricForBestModel = options.metricForBestModel ?? "loss";
    this.greaterIsBetter = options.greaterIsBetter ?? !/loss$/i.test(this.metricForBestModel);
    this.trainSamplingStrategy = options.trainSamplingStrategy ?? "random";
    this.gradientCheckpointing = options.gradientCheckpointing ?? false;
    this.neftuneNoiseAlpha = options.neftuneNoiseAlpha ?? 0;
    this.disableTqdm = options.disableTqdm;
    this.silenceWarnings = options.silenceWarnings ?? [];
    for (const [name, value] of Object.entries(this)) check(name, value);
    const choices: [string, string, readonly string[]][] = [
      ["lrSchedulerType", this.lrSchedulerType, schedulerTypes],
      ["optim", this.optim, optimizerNames],
      ["trainSamplingStrategy", this.trainSamplingStrategy, samplingStrategies],
      ["evalStrategy", this.evalStrategy, intervalStrategies],
      ["evalLossWeighting", this.evalLossWeighting, evalLossWeightings],
      ["loggingStrategy", this.loggingStrategy, intervalStrategies],
      ["saveStrategy", this.saveStrategy, saveStrategies],
      ...this.reportTo.map((target): [string, string, readonly string[]] => [
        "reportTo",
        target,
        reportTargets,
      ]),
      ...this.silenceWarnings.map((code): [string, string, readonly string[]] => [
        "silenceWarnings",
        code,
        Object.keys(warningCodes),
      ]),
    ];
    for (const [name, value, allowed] of choices) {
      if (!allowed.includes(value)) {
        throw new ResidencyError(
          "E_CONFIG",
          `Cannot train with ${name} "${value}": it must be ${allowed.join(", ")}`,
        );
      }
    }
    for (const [name, value, allowed, fits] of [
      ["warmupRatio", this.warmupRatio, "at most 1", this.warmupRatio <= 1],
      ["labelSmoothingFactor", this.labelSmoothingFactor, "below 1", this.labelSmoothingFactor < 1],
    ] as const) {
      if (!fits) {
        throw new ResidencyError("E_CONFIG", `Cannot train with ${name} ${value}: it must be ${allowed}`);
      }
    }
    checkSchedulerKwargs({
      type: this.lrSchedulerType,
      learningRate: this.learningRate,
      warmupSteps: this.warmupSteps,
      // Without maxSteps the rows decide; what depends on them is checked when the run begins.
      totalSteps: this.maxSteps > 0 ? this.maxSteps : Infinity,
      kwargs: this.lrSchedulerKwargs,
    });
    checkStrategies(this);
  }
}

/** The settings of a training run, with the names and defaults of transformers' TrainingArguments. */
import { ResidencyError } from "../errors.ts";
import { optimizerNames, schedulerTypes, type OptimizerName, type SchedulerType } from "../optim/index.ts";

/** In which order rows are trained on. */
export const samplingStrategies = ["random", "sequential", "group_by_length"] as const;

/** The name of an order. */
export type SamplingStrategy = (typeof samplingStrategies)[number];

/** Options of {@link TrainingArguments}; each may be left out. */
export interface TrainingArgumentsOptions {
  /** Rows a micro-batch. */
  perDeviceTrainBatchSize?: number;
  perDeviceEvalBatchSize?: number;
  /** Micro-batches an optimiser step; the loss is the mean over all their trained tokens together. */
  gradientAccumulationSteps?: number;
  learningRate?: number;
  numTrainEpochs?: number;
  /** Optimiser steps; overrides the epochs when above 0. */
  maxSteps?: number;
  warmupSteps?: number;
  /** Warm-up as a share of all steps, rounded up; only when warmupSteps is 0. */
  warmupRatio?: number;
  lrSchedulerType?: SchedulerType;
  /** Gradients are scaled down to this norm; 0 leaves them as they are. */
  maxGradNorm?: number;
  weightDecay?: number;
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
  /** Optimiser steps between two evaluations; 0 evaluates never. */
  evalSteps?: number;
  trainSamplingStrategy?: SamplingStrategy;
  /** Keeps each layer's input only and makes its activations again in the backward pass: a third more work, far less memory. */
  gradientCheckpointing?: boolean;
  /** NEFTune: uniform noise of up to `alpha / sqrt(T · hidden)` on the embedding in training; 0, the default, adds none. */
  neftuneNoiseAlpha?: number;
}

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
  loraplusLrRatio: { lowest: Number.MIN_VALUE, whole: false },
  seed: { lowest: 0, whole: true },
  loggingSteps: { lowest: 1, whole: true },
  evalSteps: { lowest: 0, whole: true },
  neftuneNoiseAlpha: { lowest: 0, whole: false },
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
  readonly maxGradNorm: number;
  readonly weightDecay: number;
  readonly optim: OptimizerName;
  readonly loraplusLrRatio: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  readonly seed: number;
  readonly loggingSteps: number;
  readonly evalSteps: number;
  readonly trainSamplingStrategy: SamplingStrategy;
  readonly gradientCheckpointing: boolean;
  readonly neftuneNoiseAlpha: number;

  /** @throws ResidencyError E_CONFIG for a value outside its range, naming it and what is allowed. */
  constructor(options: TrainingArgumentsOptions = {}) {
    this.perDeviceTrainBatchSize = options.perDeviceTrainBatchSize ?? 8;
    this.perDeviceEvalBatchSize = options.perDeviceEvalBatchSize ?? 8;
    this.gradientAccumulationSteps = options.gradientAccumulationSteps ?? 1;
    this.learningRate = options.learningRate ?? 5e-5;
    this.numTrainEpochs = options.numTrainEpochs ?? 3;
    this.maxSteps = options.maxSteps ?? 0;
    this.warmupSteps = options.warmupSteps ?? 0;
    this.warmupRatio = options.warmupRatio ?? 0;
    this.lrSchedulerType = options.lrSchedulerType ?? "linear";
    this.maxGradNorm = options.maxGradNorm ?? 1;
    this.weightDecay = options.weightDecay ?? 0;
    this.optim = options.optim ?? "adamw_torch";
    this.loraplusLrRatio = options.loraplusLrRatio ?? 1;
    this.adamBeta1 = options.adamBeta1 ?? 0.9;
    this.adamBeta2 = options.adamBeta2 ?? 0.999;
    this.adamEpsilon = options.adamEpsilon ?? 1e-8;
    this.seed = options.seed ?? 42;
    this.loggingSteps = options.loggingSteps ?? 500;
    this.evalSteps = options.evalSteps ?? 0;
    this.trainSamplingStrategy = options.trainSamplingStrategy ?? "random";
    this.gradientCheckpointing = options.gradientCheckpointing ?? false;
    this.neftuneNoiseAlpha = options.neftuneNoiseAlpha ?? 0;
    for (const [name, value] of Object.entries(this)) check(name, value);
    const choices: [string, string, readonly string[]][] = [
      ["lrSchedulerType", this.lrSchedulerType, schedulerTypes],
      ["optim", this.optim, optimizerNames],
      ["trainSamplingStrategy", this.trainSamplingStrategy, samplingStrategies],
    ];
    for (const [name, value, allowed] of choices) {
      if (!allowed.includes(value)) {
        throw new ResidencyError(
          "E_CONFIG",
          `Cannot train with ${name} "${value}": it must be ${allowed.join(", ")}`,
        );
      }
    }
    if (this.warmupRatio > 1) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot train with warmupRatio ${this.warmupRatio}: it must be at most 1`,
      );
    }
  }
}

/** How long training takes, from the operations it needs: 6 N D (Kaplan et al., 2020). */
import { ResidencyError } from "../errors.ts";
import { countParameters } from "./architecture.ts";
import { findGpu } from "./gpus.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";

/** A training run. */
export interface TrainingTimeOptions {
  /** Tokens that the run reads, epochs multiplied in. */
  tokens: number;
  /** A name of the GPU table; its bfloat16 peak is taken, or float16 where it has none. Or give `peakTflops`. */
  gpu?: string;
  /** 10¹² operations a second of one GPU at its peak. */
  peakTflops?: number;
  /** GPUs; 1 when left out. */
  count?: number;
  /** Model FLOPs utilisation, in (0, 1]: the share of the peak that 6 N D make (Chowdhery et al., 2022). */
  mfu: number;
}

/** The time of a run and how it comes about. */
export interface TrainingTime {
  seconds: number;
  parameters: number;
  /** 6 N D. */
  operations: number;
  /** Tokens a second of one GPU. */
  tokensPerSecondPerGpu: number;
}

function above0(name: string, value: number | undefined): number {
  if (value !== undefined && value > 0 && Number.isFinite(value)) return value;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot estimate training time with ${name} ${value}: it must be above 0`,
  );
}

const parametersOf = (source: number | ConfigSource): number =>
  above0("parameters", typeof source === "number" ? source : countParameters(readArchitecture(source)));

function peakOf({ gpu, peakTflops, count = 1 }: Omit<TrainingTimeOptions, "tokens" | "mfu">): {
  peak: number;
  count: number;
} {
  const found = gpu === undefined ? undefined : findGpu(gpu);
  const tflops = above0("peakTflops", peakTflops ?? found?.bfloat16Tflops ?? found?.float16Tflops);
  return { peak: tflops * 1e12, count: above0("count", count) };
}

/**
 * The seconds of a run: `6 N D / (count · peak · mfu)`. Gradient checkpointing computes a forward pass more (8 N D), which
 * `mfu` does not count as use.
 *
 * @throws ResidencyError E_CONFIG for a number that is not above 0 or an mfu above 1; E_CHECKPOINT for a bad config.
 * @example
 * const time = estimateTrainingTime(7e9, { tokens: 1e9, gpu: "A100 80GB", count: 4, mfu: 0.3 });
 * formatHours(time.seconds); // → "31 h 10 min"
 */
export function estimateTrainingTime(
  source: number | ConfigSource,
  options: TrainingTimeOptions,
): TrainingTime {
  const parameters = parametersOf(source);
  const { peak, count } = peakOf(options);
  const mfu = above0("mfu", options.mfu);
  if (mfu > 1) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot estimate training time with mfu ${mfu}: it is a share of at most 1`,
    );
  }
  const tokens = above0("tokens", options.tokens);
  const operations = 6 * parameters * tokens;
  const seconds = operations / (count * peak * mfu);
  return { seconds, parameters, operations, tokensPerSecondPerGpu: tokens / seconds / count };
}

/**
 * The model FLOPs utilisation that a measured time means: `6 N D / (seconds · count · peak)`.
 *
 * @throws ResidencyError E_CONFIG for a number that is not above 0; E_CHECKPOINT for a config that cannot be read.
 * @example
 * modelFlopsUtilization(8e9, { seconds: 3600, tokens: 1e7, peakTflops: 312, count: 4 }); // → 0.107
 */
export function modelFlopsUtilization(
  source: number | ConfigSource,
  { seconds, tokens, ...hardware }: Omit<TrainingTimeOptions, "mfu"> & { seconds: number },
): number {
  const { peak, count } = peakOf(hardware);
  return (6 * parametersOf(source) * above0("tokens", tokens)) / (above0("seconds", seconds) * count * peak);
}

/** One stage of the training of Asclepius. */
export interface AsclepiusStage {
  stage: "pre-training" | "instruction fine-tuning";
  epochs: number;
  /** Notes, or pairs of instruction and answer. */
  examples: number;
  /** Assumed: the tokens of an example were not published. */
  tokensPerExample: number;
  /** Stated: what these tokens and the published time mean on four A100 80G (312 TFLOP/s). */
  mfu: number;
  seconds: number;
}

const asclepiusStages = [
  { stage: "pre-training", epochs: 1, examples: 158_000, tokensPerExample: 550, mfu: 0.31238 },
  { stage: "instruction fine-tuning", epochs: 3, examples: 158_114, tokensPerExample: 800, mfu: 0.13263 },
] as const;

/**
 * The training times of Asclepius-Llama3-8B that the talk gives (2 h 59 min and 30 h 41 min on four A100 80G), computed by
 * {@link estimateTrainingTime} at the stated utilisation and tokens an example; with the same tokens, half the
 * utilisation would take twice the time.
 *
 * @example
 * asclepiusTrainingTimes().map(({ seconds }) => formatHours(seconds)); // → ["2 h 59 min", "30 h 41 min"]
 */
export function asclepiusTrainingTimes(): AsclepiusStage[] {
  const llama3 = 8_030_261_248;
  return asclepiusStages.map((stage) => {
    const tokens = stage.epochs * stage.examples * stage.tokensPerExample;
    const { seconds } = estimateTrainingTime(llama3, { tokens, gpu: "A100 80GB", count: 4, mfu: stage.mfu });
    return { ...stage, seconds };
  });
}

/**
 * A time in hours and minutes, rounded to the minute: `30 h 41 min`.
 *
 * @example
 * formatHours(10_740); // → "2 h 59 min"
 */
export function formatHours(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

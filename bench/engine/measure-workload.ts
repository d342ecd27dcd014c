/** Runs one workload in this process and says how fast it was and what it took. */
import { peakRssMb } from "../../lib/memory/index.ts";
import { setBackend } from "../../lib/tensor/index.ts";
import { median } from "./median.ts";
import { buildModel, trainingRows } from "./model.ts";
import { timeGeneration } from "./time-generation.ts";
import { timeTraining } from "./time-training.ts";
import { tokensPerStep, type Workload } from "./workload.ts";

/** What one process measured of one workload; the names are those of the printed JSON, PyTorch's side has them too. */
export interface Measurement {
  workload: string;
  engine: string;
  tokens_per_s: number;
  /** Milliseconds an optimiser step, or a generated token of all rows. */
  ms_per_step: number;
  /** The fastest of these, which other work on the machine disturbs least. */
  ms_fastest: number;
  /** Nats a token; null where nothing is trained. */
  loss_first: number | null;
  loss_last: number | null;
  /** MiB of the whole process, with the weights' initialisation. */
  peak_rss_mb: number;
  /** Optimiser steps of which the first is no sample. */
  steps?: number;
  /** Generations. */
  runs?: number;
  /** Milliseconds until the backend was ready. */
  backend_start_ms?: number;
}

/** A backend that is ready; the names are those of the printed JSON. */
export interface StartedBackend {
  /** The backend's own name. */
  backend: string;
  /** What measurements are printed under. */
  engine: string;
  backend_start_ms: number;
}

/** Starts the backend that RESIDENCY_BACKEND names, or the best. */
export async function startBackend(): Promise<StartedBackend> {
  const start = performance.now();
  const { name } = await setBackend();
  return { backend: name, engine: `residency ${name}`, backend_start_ms: performance.now() - start };
}

/** Measures a workload for some seconds. */
export async function measureWorkload(workload: Workload, seconds: number): Promise<Measurement> {
  const { engine, backend_start_ms } = await startBackend();
  const model = buildModel(workload);
  const common = { workload: workload.name, engine };
  const rest = (): Pick<Measurement, "peak_rss_mb" | "backend_start_ms"> => ({
    peak_rss_mb: peakRssMb(),
    backend_start_ms,
  });
  if (workload.kind === "generate") {
    const runs = await timeGeneration(model, workload, seconds);
    const run = median(runs);
    return {
      ...common,
      tokens_per_s: (1000 * tokensPerStep(workload)) / run,
      ms_per_step: run / workload.new_tokens,
      ms_fastest: Math.min(...runs) / workload.new_tokens,
      loss_first: null,
      loss_last: null,
      runs: runs.length,
      ...rest(),
    };
  }
  const { losses, milliseconds } = await timeTraining(model, trainingRows(workload), {
    batch: workload.batch,
    end: { seconds },
  });
  const samples = milliseconds.slice(1);
  const step = median(samples);
  return {
    ...common,
    tokens_per_s: (1000 * tokensPerStep(workload)) / step,
    ms_per_step: step,
    ms_fastest: Math.min(...samples),
    loss_first: losses[0]!,
    loss_last: losses.at(-1)!,
    steps: losses.length,
    ...rest(),
  };
}

/** `npm run bench -- --scaling`: does the time of a step grow linearly with tokens and with layers? */
import { runJob, type JobOptions } from "./job.ts";
import { fitLine, type LinearFit } from "./linear-fit.ts";
import type { Measurement } from "./measure-workload.ts";
import { tokensPerStep, type TrainingWorkload } from "./workload.ts";

/** The quantities that are varied, each alone; all but `layers` are counted in tokens a step. */
export const scalingSweeps = ["seq", "batch", "layers"] as const;

/** One of the quantities that are varied. */
export type Sweep = (typeof scalingSweeps)[number];

const shares = [0.25, 0.5, 0.75, 1, 1.25];

/** A measured point; the names are those of the printed JSON. */
export interface ScalingPoint {
  workload: string;
  sweep: Sweep;
  value: number;
  /** Tokens a step, or layers. */
  x: number;
  /** The median of the steps, and the fastest of them. */
  ms_per_step: number;
  ms_fastest: number;
}

/** Which time of a step a line goes through; other work on the machine bends that of the medians. */
export const fittedTimes = ["ms_per_step", "ms_fastest"] as const;

/** The line of one sweep; the slope is in milliseconds a token or a layer. */
export interface ScalingFit extends LinearFit {
  workload: string;
  sweep: Sweep;
  engine: string;
  fit_of: (typeof fittedTimes)[number];
  points: number;
}

/** The workload at a quarter to five quarters of one of its sizes, smallest first; sizes too small for that grow by 1. */
export function sweepOf(workload: TrainingWorkload, sweep: Sweep): TrainingWorkload[] {
  let last = 0;
  return shares.map((share) => {
    last = Math.max(last + 1, Math.round(workload[sweep] * share));
    return { ...workload, [sweep]: last };
  });
}

/** Measures sweeps of a workload, each point in a process of its own; gives the points and, after them, the lines. */
export async function* measureScaling(
  workload: TrainingWorkload,
  {
    seconds,
    sweeps = scalingSweeps,
    ...options
  }: JobOptions & { seconds: number; sweeps?: readonly Sweep[] },
): AsyncGenerator<ScalingPoint | ScalingFit, void> {
  for (const sweep of sweeps) {
    const points: ScalingPoint[] = [];
    let engine = "";
    for (const point of sweepOf(workload, sweep)) {
      for await (const line of runJob({ task: "workload", workload: point, seconds }, options)) {
        const measured = line as unknown as Measurement;
        engine = measured.engine;
        points.push({
          workload: workload.name,
          sweep,
          value: point[sweep],
          x: sweep === "layers" ? point.layers : tokensPerStep(point),
          ms_per_step: measured.ms_per_step,
          ms_fastest: measured.ms_fastest,
        });
        yield points.at(-1)!;
      }
    }
    for (const time of fittedTimes) {
      const fit = fitLine(points.map((point) => ({ x: point.x, y: point[time] })));
      yield { workload: workload.name, sweep, engine, fit_of: time, points: points.length, ...fit };
    }
  }
}

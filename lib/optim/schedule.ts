/** Learning-rate schedules, by the names and arguments of transformers. */
import { ResidencyError } from "../errors.ts";
import { scheduleCourses, type LrSchedulerKwargs } from "./schedule-factors.ts";

/** The name of a schedule. */
export type SchedulerType = keyof typeof scheduleCourses;

/** The schedules by name. */
export const schedulerTypes = Object.keys(scheduleCourses) as readonly SchedulerType[];

/** The further arguments that one schedule takes. */
export type SchedulerKwargs<T extends SchedulerType> =
  (typeof scheduleCourses)[T]["kwargs"] extends readonly []
    ? Record<string, never>
    : Pick<LrSchedulerKwargs, (typeof scheduleCourses)[T]["kwargs"][number]>;

/** A schedule with further arguments that it takes; "linear" when it is left out. */
export type SchedulerChoice =
  | {
      [T in SchedulerType]: {
        lrSchedulerType: T;
        /** Further arguments of the schedule, under transformers' names in camelCase. */
        lrSchedulerKwargs?: SchedulerKwargs<T>;
      };
    }[SchedulerType]
  | { lrSchedulerType?: never; lrSchedulerKwargs?: SchedulerKwargs<"linear"> };

/** What fixes a schedule. */
export interface ScheduleOptions {
  type: SchedulerType;
  learningRate: number;
  warmupSteps: number;
  totalSteps: number;
  /** Further arguments of the schedule, transformers' `lr_scheduler_kwargs`. */
  kwargs?: LrSchedulerKwargs | undefined;
}

function refuse(type: string, what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot use the schedule "${type}"${what}`);
}

const shapes: readonly unknown[] = ["linear", "cosine", "1-sqrt"];

/** What is wrong with one argument; undefined when nothing is. */
function faultOf(name: keyof LrSchedulerKwargs, value: unknown): string | undefined {
  if (name === "warmupType" || name === "decayType") {
    return shapes.includes(value) ? undefined : `it must be ${shapes.join(", ")}`;
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
    return "it must be a number of at least 0";
  if ((name === "minLrRate" || name === "warmupLrRate" || name === "minLrRatio") && value > 1) {
    return "it must be at most 1";
  }
  if ((name === "timescale" || name === "power") && value === 0) return "it must be above 0";
  if ((name === "numDecaySteps" || name === "numStableSteps") && !Number.isInteger(value)) {
    return "it must be a whole number";
  }
  return undefined;
}

/**
 * Passes when a schedule takes all of the arguments and has those that it needs.
 *
 * @throws ResidencyError E_CONFIG otherwise, naming the argument and what is allowed.
 * @example
 * checkSchedulerKwargs({
 *   ...{ type: "cosine", learningRate: 1e-4, warmupSteps: 0, totalSteps: 100 },
 *   kwargs: { numCycles: 1 },
 * });
 */
export function checkSchedulerKwargs({
  type,
  learningRate,
  warmupSteps,
  totalSteps,
  kwargs = {},
}: ScheduleOptions): void {
  if (!Object.hasOwn(scheduleCourses, type)) refuse(type, `: the schedules are ${schedulerTypes.join(", ")}`);
  const taken: readonly string[] = scheduleCourses[type].kwargs;
  for (const [name, value] of Object.entries(kwargs) as [keyof LrSchedulerKwargs, unknown][]) {
    if (value === undefined) continue;
    if (!taken.includes(name)) {
      refuse(
        type,
        ` with ${name}: it takes ${taken.length > 0 ? `only ${taken.join(", ")}` : "no further argument"}`,
      );
    }
    const fault = faultOf(name, value);
    if (fault) refuse(type, ` with ${name} ${JSON.stringify(value)}: ${fault}`);
  }
  const { minLr, minLrRate, lrEnd = 1e-7, numDecaySteps, numStableSteps } = kwargs;
  if (type === "cosine_with_min_lr" || type === "cosine_warmup_with_min_lr") {
    if ((minLr === undefined) === (minLrRate === undefined)) {
      refuse(type, " so: its kwargs must have either minLr or minLrRate");
    }
    if (minLr !== undefined && minLr > learningRate) {
      refuse(type, ` with minLr ${minLr}: it must be at most the learning rate ${learningRate}`);
    }
  }
  if (type === "polynomial" && lrEnd >= learningRate) {
    refuse(type, ` with lrEnd ${lrEnd}: it must be below the learning rate ${learningRate}`);
  }
  if (type === "warmup_stable_decay") {
    if (numDecaySteps === undefined) refuse(type, " without numDecaySteps in its kwargs: it has no default");
    if (numStableSteps === undefined && warmupSteps + numDecaySteps > totalSteps) {
      refuse(
        type,
        ` with numDecaySteps ${numDecaySteps}: with ${warmupSteps} warm-up steps it must be at most ${totalSteps - warmupSteps} of ${totalSteps}`,
      );
    }
  }
}

/**
 * The learning rate of each optimiser step, counted from 0: a rise over the warm-up steps, then the schedule's own course
 * to its end at `totalSteps`.
 *
 * @throws ResidencyError E_CONFIG for an unknown name, and for kwargs that the schedule does not take or lacks.
 * @example
 * const rate = schedule({ type: "cosine", learningRate: 1e-4, warmupSteps: 4, totalSteps: 125 });
 * rate(2); // → 0.00005
 */
export function schedule(options: ScheduleOptions): (step: number) => number {
  checkSchedulerKwargs(options);
  const { type, learningRate, warmupSteps, totalSteps, kwargs = {} } = options;
  const factor = scheduleCourses[type].factor({ learningRate, warmupSteps, totalSteps, kwargs });
  return (step) => learningRate * factor(step);
}

/** Learning-rate schedules, by the names and formulas of transformers. */
import { ResidencyError } from "../errors.ts";

/** The schedules by name. */
export const schedulerTypes = ["linear", "cosine", "constant", "constant_with_warmup"] as const;

/** The name of a schedule. */
export type SchedulerType = (typeof schedulerTypes)[number];

/** What fixes a schedule. */
export interface ScheduleOptions {
  type: SchedulerType;
  learningRate: number;
  warmupSteps: number;
  totalSteps: number;
}

/**
 * The learning rate of each optimiser step, counted from 0: a linear rise over the warm-up steps, then the schedule's
 * own course to 0 at `totalSteps`.
 *
 * @throws ResidencyError E_CONFIG for an unknown name.
 * @example
 * const rate = schedule({ type: "cosine", learningRate: 1e-4, warmupSteps: 4, totalSteps: 125 });
 * rate(2); // 0.00005
 */
export function schedule({
  type,
  learningRate,
  warmupSteps,
  totalSteps,
}: ScheduleOptions): (step: number) => number {
  if (!schedulerTypes.includes(type)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use the schedule "${type}": the schedules are ${schedulerTypes.join(", ")}`,
    );
  }
  return (step) => {
    if (type === "constant") return learningRate;
    if (step < warmupSteps) return (learningRate * step) / Math.max(1, warmupSteps);
    if (type === "constant_with_warmup") return learningRate;
    const rest = Math.max(1, totalSteps - warmupSteps);
    if (type === "linear") return learningRate * Math.max(0, (totalSteps - step) / rest);
    const progress = (step - warmupSteps) / rest;
    return learningRate * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  };
}

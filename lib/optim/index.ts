/** Optimisers and learning-rate schedules. */
export { AdamW, type AdamWOptions } from "./adamw.ts";
export { clipFactor, globalNorm } from "./clip.ts";
export type { Optimizer, OptimizerState, StateTensor } from "./optimizer.ts";
export type { LrSchedulerKwargs } from "./schedule-factors.ts";
export { schedule, schedulerTypes, type ScheduleOptions, type SchedulerType } from "./schedule.ts";

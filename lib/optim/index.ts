/** Optimisers and learning-rate schedules. */
export { Adafactor, type AdafactorOptions } from "./adafactor.ts";
export { Adam, AdamW, type AdamOptions, type AdamWOptions } from "./adamw.ts";
export { AdamW8bit, type AdamW8bitOptions } from "./adamw-8bit.ts";
export { clipFactor, globalNorm } from "./clip.ts";
export {
  createOptimizer,
  optimizerNames,
  type CreateOptimizerOptions,
  type OptimizerName,
} from "./create-optimizer.ts";
export { filePages } from "./node.ts";
export type { Optimizer, OptimizerState, StateTensor } from "./optimizer.ts";
export { hostPages, type PageValues, type StatePages } from "./pages.ts";
export { decays, isEmbedding } from "./parameter-groups.ts";
export { ParameterOptimizer, type ParameterOptions } from "./parameter-optimizer.ts";
export type { LrSchedulerKwargs } from "./schedule-factors.ts";
export {
  checkSchedulerKwargs,
  schedule,
  schedulerTypes,
  type ScheduleOptions,
  type SchedulerChoice,
  type SchedulerKwargs,
  type SchedulerType,
} from "./schedule.ts";
export { SGD, type SGDOptions } from "./sgd.ts";

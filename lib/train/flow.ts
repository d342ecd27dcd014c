/** Sets the flags of a run by its strategies, as transformers' DefaultFlowCallback does. */
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerControl, TrainerState } from "./callbacks.ts";

/** A control with no flag set. */
export function createControl(): TrainerControl {
  return {
    shouldTrainingStop: false,
    shouldEpochStop: false,
    shouldSave: false,
    shouldEvaluate: false,
    shouldLog: false,
  };
}

/** Takes back what was asked for in the step before. */
export function beginStep(control: TrainerControl): void {
  control.shouldSave = false;
  control.shouldEvaluate = false;
  control.shouldLog = false;
}

/** Read by a function, since a callback may have changed it since it was set. */
export const stopsEpoch = ({ shouldEpochStop }: TrainerControl): boolean => shouldEpochStop;

const isDue = (step: number, every: number): boolean => every > 0 && step % every === 0;

/** What is due at the end of a step. The last one is logged, evaluated and saved in any case, unless the strategy is another. */
export function endStep(args: TrainingArguments, state: TrainerState, control: TrainerControl): void {
  const { step } = state;
  const isLast = step >= state.maxSteps;
  if (step === 1 && args.loggingFirstStep) control.shouldLog = true;
  if (args.loggingStrategy === "steps" && (isDue(step, args.loggingSteps) || isLast))
    control.shouldLog = true;
  if (args.evalStrategy === "steps" && (isDue(step, args.evalSteps) || isLast)) control.shouldEvaluate = true;
  if (args.saveStrategy === "steps" && (isDue(step, args.saveSteps) || isLast)) control.shouldSave = true;
}

/** What is due at the end of an epoch. */
export function endEpoch(args: TrainingArguments, control: TrainerControl): void {
  if (args.loggingStrategy === "epoch") control.shouldLog = true;
  if (args.evalStrategy === "epoch") control.shouldEvaluate = true;
  if (args.saveStrategy === "epoch") control.shouldSave = true;
}

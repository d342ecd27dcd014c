/** What a trainer tells while it works, and how it can be steered: transformers' TrainerCallback. */
import type { CausalLanguageModel } from "../nn/index.ts";
import type { Progress } from "../viz/index.ts";
import type { TrainingArguments } from "./arguments.ts";

/** One entry of the log. */
export interface LogEntry {
  step: number;
  epoch: number;
  /** Mean training loss a trained token since the last entry, in nats. */
  loss?: number;
  /** Norm of all gradients before clipping, of the last step. */
  gradNorm?: number;
  learningRate?: number;
  /** Real (not padding) tokens a second since the last entry. */
  tokensPerSecond?: number;
  /** Mean loss a trained token of the evaluation rows, in nats. */
  evalLoss?: number;
  /** Further figures of the kind of training, each a mean since the last entry, or those of computeMetrics. */
  metrics?: Readonly<Record<string, number>>;
}

/** Where a run stands. */
export interface TrainerState {
  step: number;
  maxSteps: number;
  epoch: number;
  /** Loss of the last optimiser step, in nats a trained token. */
  loss: number;
  tokensPerSecond: number;
  /** Seconds that the rest will take at the present speed. */
  secondsLeft: number;
  readonly logHistory: LogEntry[];
  /** The best value so far of metricForBestModel; undefined before the first evaluation. */
  bestMetric: number | undefined;
  /** The step of the best metric. */
  bestGlobalStep: number | undefined;
  /** The folder name of the best checkpoint, in outputDir. */
  bestModelCheckpoint: string | undefined;
}

/** What a callback may ask for; each flag is put back when it has been followed. */
export interface TrainerControl {
  /** Ends the run after the present step. */
  shouldTrainingStop: boolean;
  /** Ends the epoch after the present step. */
  shouldEpochStop: boolean;
  /** Saves a checkpoint after the present step; of effect in onStepEnd, onEpochEnd, onLog and onEvaluate. */
  shouldSave: boolean;
  /** Evaluates after the present step; of effect in onStepEnd, onEpochEnd and onLog. */
  shouldEvaluate: boolean;
  /** Adds an entry to the log after the present step; of effect in onStepEnd and onEpochEnd. */
  shouldLog: boolean;
}

/** What a callback can look at beside the state. */
export interface CallbackContext {
  readonly args: TrainingArguments;
  readonly model: CausalLanguageModel;
}

/** The signature of a callback's functions. */
export type CallbackFunction = (
  state: TrainerState,
  control: TrainerControl,
  context: CallbackContext,
) => void | Promise<void>;

/** Functions that are called as a run goes on; each may be left out. */
export interface TrainerCallback {
  /**
   * While a trainer makes tokens of its data, or DPO its reference's log-probabilities beforehand, which is before there is a run: how
   * many rows are done, when that takes longer than a second. Not awaited, since a constructor calls it; the last report has `step` equal to `total`.
   */
  onDataPreparation?: (progress: Progress) => void;
  onTrainBegin?: CallbackFunction;
  onEpochBegin?: CallbackFunction;
  onStepBegin?: CallbackFunction;
  /** After each micro-batch of a step but the last. */
  onSubstepEnd?: CallbackFunction;
  onStepEnd?: CallbackFunction;
  onEpochEnd?: CallbackFunction;
  onLog?: CallbackFunction;
  onEvaluate?: CallbackFunction;
  onSave?: CallbackFunction;
  onTrainEnd?: CallbackFunction;
  /** Whether the callback shows how far the run is, so that the trainer need not. */
  readonly showsProgress?: boolean;
  /** A callback with a state of its own has a name for it in checkpoints. */
  readonly stateName?: string;
  /** What a checkpoint keeps of the callback. */
  stateDict?(): Readonly<Record<string, number>>;
  /** Takes over what a checkpoint has kept; called before onTrainBegin. */
  loadStateDict?(state: Readonly<Record<string, number>>): void;
}

/** The events of a run. */
export type CallbackEvent = Exclude<Extract<keyof TrainerCallback, `on${string}`>, "onDataPreparation">;

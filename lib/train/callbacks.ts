/** What a trainer tells while it works, and how it can be stopped. */

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
  /** Further figures of the kind of training, each a mean since the last entry. */
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
}

/** What a callback may ask for. */
export interface TrainerControl {
  /** Set to true, it ends the run after the present step. */
  shouldTrainingStop: boolean;
}

/** Functions that are called as a run goes on; each may be left out. */
export interface TrainerCallback {
  onTrainBegin?(state: TrainerState, control: TrainerControl): void | Promise<void>;
  onStepEnd?(state: TrainerState, control: TrainerControl): void | Promise<void>;
  onLog?(state: TrainerState, control: TrainerControl): void | Promise<void>;
  onEvaluate?(state: TrainerState, control: TrainerControl): void | Promise<void>;
  onTrainEnd?(state: TrainerState, control: TrainerControl): void | Promise<void>;
}

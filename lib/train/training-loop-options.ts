/** What a training loop is given, and what it gives back. */
import type { CausalLanguageModel } from "../nn/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerCallback } from "./callbacks.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import type { ComputeMetrics } from "./evaluation.ts";
import type { ResumeFromCheckpoint } from "./run-checkpoints.ts";
import type { OnWarning } from "./warnings.ts";

/** What a training loop is made of, whatever its rows are. */
export interface TrainingLoopOptions<Row> {
  model: CausalLanguageModel;
  args: TrainingArguments;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row> | undefined;
  callbacks?: readonly TrainerCallback[] | undefined;
  /** Further figures of each evaluation, by which the best checkpoint may be chosen. */
  computeMetrics?: ComputeMetrics<Row> | undefined;
  /** Takes what the trainer warns of; the console when left out. */
  onWarning?: OnWarning | undefined;
  /** Where checkpoints are kept instead of the folder outputDir. */
  checkpointStore?: CheckpointStore | undefined;
}

/** How a run is started. */
export interface TrainOptions {
  /** Goes on from the newest checkpoint of outputDir (true) or from the folder of one, to the bit; a new run when undefined. */
  resumeFromCheckpoint?: ResumeFromCheckpoint | undefined;
  /** Once it is aborted, the run saves a checkpoint after the present step and ends with E_INTERRUPTED. */
  signal?: AbortSignal;
}

/** The outcome of a run. */
export interface TrainOutput {
  globalStep: number;
  /** Mean loss over the steps of the run, in nats. */
  trainingLoss: number;
  seconds: number;
  tokensPerSecond: number;
}

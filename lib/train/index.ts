/** Training loops. */
export {
  samplingStrategies,
  TrainingArguments,
  type SamplingStrategy,
  type TrainingArgumentsOptions,
} from "./arguments.ts";
export { collate, countTrainedTokens, sampleOrder, type Batch, type TokenizedRow } from "./batches.ts";
export type { LogEntry, TrainerCallback, TrainerControl, TrainerState } from "./callbacks.ts";
export { valueAndGradients, type ValueAndGradients } from "./gradients.ts";
export { liveTraining, progressDisplay, progressMime, type Display, type Progress } from "./live.ts";
export { packTexts } from "./pretrain.ts";
export {
  SFTConfig,
  SFTTrainer,
  tokenizeSFTRow,
  type SFTConfigOptions,
  type SFTRow,
  type SFTTokenizer,
  type SFTTrainerOptions,
} from "./sft.ts";
export { Trainer, type TrainerOptions, type TrainOutput } from "./trainer.ts";

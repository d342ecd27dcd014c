/** Training loops. */
export {
  samplingStrategies,
  TrainingArguments,
  type SamplingStrategy,
  type TrainingArgumentsOptions,
} from "./arguments.ts";
export type { LogEntry, TrainerCallback, TrainerControl, TrainerState } from "./callbacks.ts";
export { DPOConfig, type DPOConfigOptions } from "./dpo-config.ts";
export {
  dpoLoss,
  dpoLossTypes,
  dpoRewards,
  type DPOLossOptions,
  type DPOLossType,
  type PairLogProbs,
} from "./dpo-loss.ts";
export { DPOTrainer, type DPOTrainerOptions } from "./dpo.ts";
export { valueAndGradients, type ValueAndGradients } from "./gradients.ts";
export { liveTraining, progressDisplay, progressMime, type Display, type Progress } from "./live.ts";
export {
  tokenizePairs,
  truncationModes,
  type DPORow,
  type KTORow,
  type PreferenceMessage,
  type PreferenceMessages,
  type PreferenceTokenizer,
  type TokenizedPair,
  type TokenizedPairs,
  type Truncation,
  type TruncationMode,
} from "./preference-rows.ts";
export { sampleOrder } from "./sample-order.ts";
export {
  SFTConfig,
  SFTTrainer,
  tokenizeSFTRow,
  type SFTConfigOptions,
  type SFTRow,
  type SFTTokenizer,
  type SFTTrainerOptions,
} from "./sft.ts";
export { Trainer, type TrainerOptions } from "./trainer.ts";
export { TrainingLoop, type BatchLoss, type TrainingLoopOptions, type TrainOutput } from "./training-loop.ts";

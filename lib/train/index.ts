/** Training loops. */
export {
  samplingStrategies,
  TrainingArguments,
  type SamplingStrategy,
  type TrainingArgumentsOptions,
  type TrainingSettings,
} from "./arguments.ts";
export type { BatchLoss } from "./batch-loss.ts";
export type {
  CallbackContext,
  CallbackEvent,
  CallbackFunction,
  LogEntry,
  TrainerCallback,
  TrainerControl,
  TrainerState,
} from "./callbacks.ts";
export {
  stepOfName,
  type CheckpointDraft,
  type CheckpointStore,
  type StoredCheckpoint,
} from "./checkpoint-store.ts";
export { EarlyStoppingCallback, type EarlyStoppingOptions } from "./early-stopping.ts";
export type { ComputeMetrics, Evaluation, EvaluationResult } from "./evaluation.ts";
export {
  crc32c,
  fileVersionEvent,
  maskedCrc32c,
  scalarsEvent,
  sessionStartEvent,
  tfRecord,
} from "./event-file.ts";
export { valueAndGradients, type ValueAndGradients } from "./gradients.ts";
export { liveTraining, progressDisplay, type Display } from "./live.ts";
export { progressMime, type Progress } from "../viz/index.ts";
export {
  terminalProgress,
  type TerminalProgress,
  type TerminalProgressOptions,
} from "./terminal-progress.ts";
export { jsonLinesLog, logFileName, scalarsOf, tensorBoardLog, type LogFolder } from "./log-files.ts";
export { logFolder } from "./logs/node.ts";
export { getLastCheckpoint, removeCheckpoints } from "./checkpoint-folder.ts";
export { folderCheckpointStore } from "./node.ts";
export {
  maskView,
  type MaskedText,
  type MaskedToken,
  type MaskView,
  type MaskViewOptions,
  type MaskViewTokenizer,
  type TokenRole,
} from "./mask-view.ts";
export type { ResumeFromCheckpoint } from "./run-checkpoints.ts";
export {
  evalLossWeightings,
  intervalStrategies,
  reportTargets,
  saveStrategies,
  type EvalLossWeighting,
  type IntervalStrategy,
  type ReportTarget,
  type SaveStrategy,
} from "./strategies.ts";
export { DPOConfig, type DPOConfigOptions, type DPOSettings } from "./dpo-config.ts";
export {
  dpoLoss,
  dpoLossTypes,
  dpoRewards,
  type DPOLossOptions,
  type DPOLossType,
  type PairLogProbs,
} from "./dpo-loss.ts";
export { DPOTrainer, type DPOTrainerOptions } from "./dpo.ts";
export {
  tokenizePairs,
  truncationModes,
  type DPORow,
  type PreferenceTokenizer,
  type TokenizedPair,
  type TokenizedPairs,
  type Truncation,
  type TruncationMode,
} from "./preference-rows.ts";
export {
  CPOConfig,
  cpoLossTypes,
  type CPOConfigOptions,
  type CPOLossType,
  type CPOSettings,
} from "./cpo-config.ts";
export { cpoLoss, CPOTrainer, type CPOTrainerOptions } from "./cpo.ts";
export {
  KTOConfig,
  ktoLossTypes,
  type KTOConfigOptions,
  type KTOLossType,
  type KTOSettings,
} from "./kto-config.ts";
export type { KTOAnswer, KTORow, TokenizedKTORow } from "./kto-rows.ts";
export { ktoLoss, KTOTrainer, type KTOLogProbs, type KTOTrainerOptions } from "./kto.ts";
export { ORPOConfig, type ORPOConfigOptions } from "./orpo-config.ts";
export { logOddsRatio, ORPOTrainer, type ORPOTrainerOptions } from "./orpo.ts";
export { PairLoop, type PairLoopOptions } from "./pair-loop.ts";
export type { CreateOptions, PreparedData } from "./prepare-data.ts";
export { sampleOrder } from "./sample-order.ts";
export { readChatTemplate } from "./chat-template/node.ts";
export type { ChatTemplateCall, ChatTokenizer, ChatTokens } from "./messages.ts";
export type { ChatContentPart, ChatMessage, Conversation } from "../data/index.ts";
export {
  SFTConfig,
  sftLossTypes,
  type SFTConfigOptions,
  type SFTLossType,
  type SFTSettings,
} from "./sft-config.ts";
export {
  readSFTRow,
  type ChatExtras,
  type ConversationsRow,
  type MessagesRow,
  type PromptCompletionMessagesRow,
  type PromptCompletionRow,
  type ReadRow,
  type SFTRow,
  type TextRow,
  type TokenizedSFTRow,
} from "./sft-rows.ts";
export { SFTTrainer, type FormattingFunc, type SFTTrainerOptions } from "./sft.ts";
export { tokenizeSFTRow, type SFTTokenizer, type SFTTokenizing } from "./tokenize-sft.ts";
export { Trainer, type TrainerOptions } from "./trainer.ts";
export { warningCodes, type OnWarning, type TrainingWarning, type WarningCode } from "./warnings.ts";
export {
  TrainingLoop,
  type TrainingLoopOptions,
  type TrainOptions,
  type TrainOutput,
} from "./training-loop.ts";

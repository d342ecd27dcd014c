/** The library's front door: what a fine-tuning run needs, under the names of transformers, PEFT and TRL. */
export { ResidencyError, errorCodes, type ErrorCode } from "./errors.ts";
export { Dataset, readJsonlFile } from "./data/index.ts";
export {
  generateText,
  GenerationConfig,
  streamText,
  streamTokens,
  TextStreamer,
  type GenerateTextOptions,
} from "./generate/index.ts";
export { assetPath, hfHubDownload, pushToHub, snapshotDownload, uploadFolder } from "./hub/index.ts";
export {
  canYouRunIt,
  estimateMemory,
  estimateTrainingTime,
  peakRssMb,
  type EstimateMemoryOptions,
  type MemoryEstimate,
} from "./memory/index.ts";
export { exactMatch, perplexity, tokenF1 } from "./metrics/index.ts";
export {
  AutoModelForCausalLM,
  Gemma2ForCausalLM,
  GemmaForCausalLM,
  GPT2LMHeadModel,
  LlamaForCausalLM,
  MistralForCausalLM,
  modelOutline,
  parameterCount,
  PhiForCausalLM,
  Qwen2ForCausalLM,
  Qwen3ForCausalLM,
} from "./models/index.ts";
export type {
  CausalLanguageModel,
  CausalLMInput,
  CausalLMOutput,
  GenerateOptions,
  GenerateOutput,
  LogitsProcessor,
  TokenMatrix,
} from "./nn/index.ts";
export {
  getPeftModel,
  getPeftModelAsync,
  LoraConfig,
  loraParameterCounts,
  PeftModel,
  prepareModelForKbitTraining,
  targetCoverage,
  trainableParametersLine,
} from "./peft/index.ts";
export { BitsAndBytesConfig } from "./quant/index.ts";
export {
  ensureBackend,
  setBackend,
  setDevice,
  type BackendChoice,
  type BackendName,
  type Device,
} from "./tensor/index.ts";
export {
  AutoTokenizer,
  PreTrainedTokenizer,
  trainBpe,
  type ChatMessage,
  type ChatTemplateOptions,
  type Conversation,
} from "./tokenizer/index.ts";
export {
  CPOConfig,
  CPOTrainer,
  DPOConfig,
  DPOTrainer,
  EarlyStoppingCallback,
  KTOConfig,
  getLastCheckpoint,
  KTOTrainer,
  liveTraining,
  maskView,
  ORPOConfig,
  ORPOTrainer,
  progressDisplay,
  removeCheckpoints,
  SFTConfig,
  SFTTrainer,
  terminalProgress,
  Trainer,
  TrainingArguments,
  type DPORow,
  type LogEntry,
  type SFTRow,
  type TrainerCallback,
  type TrainerControl,
  type TrainerState,
  type TrainingWarning,
  type TrainOptions,
  type TrainOutput,
  type WarningCode,
} from "./train/index.ts";

/** Memory and time: estimated from a config.json by arithmetic alone, and measured. */
export {
  accelerateEstimate,
  formatAccelerateBytes,
  type AccelerateDtype,
  type AccelerateEstimate,
} from "./accelerate.ts";
export { countParameters, type Architecture, type ModelSizes, type ParameterShape } from "./architecture.ts";
export { canItRunLlm, canItRunLlmGpus, type CanItRunLlmEstimate } from "./can-it-run-llm.ts";
export {
  canYouRunIt,
  type CanYouRunItAnswer,
  type CanYouRunItOptions,
  type Remedy,
} from "./can-you-run-it.ts";
export { estimateMemory, type MemoryEstimate } from "./estimate.ts";
export { formatBytes, formatLedger, layerRows, ledgerRows, type LayerRow, type LedgerRow } from "./format.ts";
export { findGpu, gpus, type Gpu } from "./gpus.ts";
export { cacheBytesPerToken, korthikantiActivations, logitsBytes, type Recompute } from "./korthikanti.ts";
export { memoryComponents, type MemoryComponent, type MemoryEntry, type MemoryLedger } from "./ledger.ts";
export { countLoraParameters, type LoraTargets } from "./lora.ts";
export type { ConfigSource } from "./model-config.ts";
export { peakRssMb } from "./node.ts";
export { memoryMethods, type EstimateMemoryOptions, type MemoryMethod } from "./options.ts";
export { architectureFamilies, readArchitecture } from "./read-architecture.ts";
export {
  optimizerBytes,
  optimizerNames,
  packedBytes,
  pageableBytes,
  parameterBytes,
  type OptimizerName,
  type QuantType,
  type WeightDtype,
} from "./storage.ts";
export { talkMemoryTable, type TalkMemoryRow } from "./talk.ts";
export {
  asclepiusTrainingTimes,
  estimateTrainingTime,
  formatHours,
  modelFlopsUtilization,
  type AsclepiusStage,
  type TrainingTime,
  type TrainingTimeOptions,
} from "./training-time.ts";

/** Parameter-efficient fine-tuning. */
export { LoraConfig, type InitLoraWeights, type LoraBias, type LoraConfigOptions } from "./config.ts";
export {
  loraParameterCounts,
  targetCoverage,
  trainableParametersLine,
  type ParameterCounts,
  type TargetCoverage,
  type TargetMatch,
} from "./counts.ts";
export { prepareModelForKbitTraining, type KbitTrainingOptions } from "./kbit.ts";
export type { LinearNames, PatternKey, SavedNames, TargetNames } from "./layer-names.ts";
export { LoraEmbedding } from "./lora-embedding.ts";
export { LoraLinear } from "./lora-linear.ts";
export type { MergeAdapterOptions, MergeOptions } from "./merge.ts";
export type { MergeDrift } from "./merge-packed.ts";
export { getPeftModel, getPeftModelAsync, type GetPeftModelOptions } from "./get-peft-model.ts";
export type { LoadAdapterOptions } from "./load-adapter.ts";
export { PeftModel } from "./peft-model.ts";
export type { SaveAdapterOptions } from "./save-adapter.ts";
export { combinationTypes, type CombinationType, type WeightedAdapterOptions } from "./weighted-adapter.ts";

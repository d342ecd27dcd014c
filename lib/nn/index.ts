/** Building blocks of models. */
export { attentionSegments, packedSegments, positionsFromMask } from "./attention-mask.ts";
export type {
  CausalLanguageModel,
  CausalLMInput,
  CausalLMOutput,
  LabelLogProbs,
  SummedLoss,
  TokenMatrix,
} from "./causal-language-model.ts";
export { Conv1D, frozenWeightOf } from "./conv1d.ts";
export type {
  GenerateDictOptions,
  GenerateMethod,
  GenerateOptions,
  GenerateOutput,
  GenerationSettings,
  FinishReason,
  LogitsProcessor,
  TokenStreamer,
} from "./generate-options.ts";
export { disableDropout } from "./disable-dropout.ts";
export { Dropout, dropoutSeed } from "./dropout.ts";
export { Embedding, inputEmbedding } from "./embedding.ts";
export { setGradientCheckpointing } from "./gradient-checkpointing.ts";
export { KeyValueCache, type LayerCache } from "./key-value-cache.ts";
export { Linear, LinearLayer, type LinearOptions } from "./linear.ts";
export { Module } from "./module.ts";
export { LayerNorm, RMSNorm, type Norm } from "./norm.ts";
export { packedFromFourBit, packedFromInt8, packingOf, packWeight } from "./pack-weight.ts";
export { Parameter } from "./parameter.ts";
export {
  attentionScaling,
  dependsOnLength,
  inverseFrequencies,
  type DynamicRopeScaling,
  type LinearRopeScaling,
  type Llama3RopeScaling,
  type LongRopeScaling,
  type RopeScaling,
  type RotaryOptions,
  type YarnRopeScaling,
} from "./rope-scaling.ts";
export { rotaryAngles, type RotaryAngles } from "./rotary-embedding.ts";

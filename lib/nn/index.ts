/** Building blocks of models. */
export { attentionSegments, positionsFromMask } from "./attention-mask.ts";
export type {
  CausalLanguageModel,
  CausalLMInput,
  CausalLMOutput,
  SummedLoss,
  TokenMatrix,
} from "./causal-language-model.ts";
export type {
  GenerateDictOptions,
  GenerateMethod,
  GenerateOptions,
  GenerateOutput,
  GenerationSettings,
  LogitsProcessor,
  TokenStreamer,
} from "./generate-options.ts";
export { Embedding } from "./embedding.ts";
export { setGradientCheckpointing } from "./gradient-checkpointing.ts";
export { KeyValueCache, type LayerCache } from "./key-value-cache.ts";
export { Linear, LinearLayer, type LinearOptions } from "./linear.ts";
export { Module } from "./module.ts";
export { RMSNorm } from "./norm.ts";
export { packedFromFourBit, packedFromInt8, packingOf, packWeight } from "./pack-weight.ts";
export { Parameter } from "./parameter.ts";
export {
  inverseFrequencies,
  rotaryAngles,
  type Llama3RopeScaling,
  type RotaryAngles,
  type RotaryOptions,
} from "./rotary-embedding.ts";

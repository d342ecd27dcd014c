/** Model families, their configuration and their checkpoints. */
export { LlamaForCausalLM } from "./causal-lm.ts";
export type { ConfigJson } from "./config.ts";
export { parseLlamaConfig, type LlamaConfig } from "./llama.ts";
export {
  AutoModelForCausalLM,
  modelFromConfig,
  readGenerationConfig,
  savePretrainedModel,
  type FromPretrainedOptions,
} from "./node.ts";
export { packParameter, quantizedWeights, type Packings } from "./quantized.ts";
export { initializeWeights, listNames, loadStateDict, stateDict, type LoadedTensor } from "./state-dict.ts";

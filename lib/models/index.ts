/** Model families, their configuration and their checkpoints. */
export { AutoModelForCausalLM, modelFromConfig, type AnyCausalLM } from "./auto.ts";
export { CausalLM, type CausalLMClass, type CausalLMConfig } from "./causal-lm.ts";
export type { ConfigJson } from "./config.ts";
export { GemmaForCausalLM, parseGemmaConfig } from "./gemma.ts";
export { Gemma2ForCausalLM, parseGemma2Config, type Gemma2Config } from "./gemma2.ts";
export { GPT2LMHeadModel, parseGPT2Config, type GPT2Config } from "./gpt2.ts";
export { LlamaForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";
export { MistralForCausalLM, parseMistralConfig } from "./mistral.ts";
export { readGenerationConfig, savePretrainedModel, type FromPretrainedOptions } from "./node.ts";
export { modelOutline, parameterCount } from "./outline.ts";
export { parsePhiConfig, PhiForCausalLM, type PhiConfig } from "./phi.ts";
export {
  packParameter,
  quantizedWeights,
  weightPackings,
  type HoldingOptions,
  type Packings,
} from "./quantized.ts";
export { parseQwen2Config, Qwen2ForCausalLM } from "./qwen2.ts";
export { parseQwen3Config, Qwen3ForCausalLM } from "./qwen3.ts";
export { replaceConv1D } from "./replace-conv1d.ts";
export { initializeWeights, listNames, loadStateDict, stateDict, type LoadedTensor } from "./state-dict.ts";

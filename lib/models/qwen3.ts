/** Qwen 3: Llama's layout with a norm over each head's queries and keys. */
import type { ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";
import { readQwenWindows } from "./qwen2.ts";

/**
 * Reads a Qwen 3 config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 */
export function parseQwen3Config(json: ConfigJson): LlamaConfig {
  const config = parseLlamaConfig(json, { headDim: 128, maxPositionEmbeddings: 32768 });
  return { ...config, queryKeyNorm: true, slidingWindows: readQwenWindows(json, config.numHiddenLayers) };
}

/** A Qwen 3 model with a language-modelling head. */
export class Qwen3ForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "Qwen3ForCausalLM";
  static readonly modelType = "qwen3";

  constructor(configJson: ConfigJson) {
    super(configJson, parseQwen3Config(configJson));
  }
}

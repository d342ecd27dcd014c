/** Mistral: Llama's layout, in which each token may see only the last few. */
import { readWindows, type ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/**
 * Reads a Mistral config.json; all layers have the window where there is one.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * parseMistralConfig({ ...shape, vocab_size: 64, sliding_window: 8 }).slidingWindows; // → [8, 8]
 */
export function parseMistralConfig(json: ConfigJson): LlamaConfig {
  const config = parseLlamaConfig(json, { maxPositionEmbeddings: 4096 * 32 });
  const hasWindow = (json["sliding_window"] ?? null) !== null;
  return { ...config, slidingWindows: readWindows(json, config.numHiddenLayers, () => hasWindow) };
}

/**
 * A Mistral model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * new MistralForCausalLM({ ...shape, vocab_size: 64, sliding_window: 8 }).config.slidingWindows; // → [8, 8]
 */
export class MistralForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "MistralForCausalLM";
  static readonly modelType = "mistral";

  constructor(configJson: ConfigJson) {
    super(configJson, parseMistralConfig(configJson));
  }
}

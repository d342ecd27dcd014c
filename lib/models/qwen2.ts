/** Qwen 2 and 2.5: Llama's layout with a bias on queries, keys and values. */
import { readCount, readFlag, readWindows, type ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/** The windows of a Qwen config.json: those of the layers from `max_window_layers` on, when they are switched on at all. */
export function readQwenWindows(json: ConfigJson, layers: number): number[] {
  const isOn = readFlag(json, "use_sliding_window", false);
  // All layers may have one, so that 0 is a count here.
  const isEvery = json["max_window_layers"] === 0;
  const first = !isOn ? layers : isEvery ? 0 : readCount(json, "max_window_layers", 28);
  return readWindows(json, layers, (layer) => layer >= first);
}

/**
 * Reads a Qwen 2 config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * parseQwen2Config({ ...shape, vocab_size: 64, num_key_value_heads: 1 }).attentionBias; // → true
 */
export function parseQwen2Config(json: ConfigJson): LlamaConfig {
  const config = parseLlamaConfig(json, { maxPositionEmbeddings: 32768 });
  const slidingWindows = readQwenWindows(json, config.numHiddenLayers);
  return { ...config, attentionBias: true, attentionOutputBias: false, slidingWindows };
}

/**
 * A Qwen 2 model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * new Qwen2ForCausalLM({ ...shape, vocab_size: 64, num_key_value_heads: 1 }).config.attentionBias; // → true
 */
export class Qwen2ForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "Qwen2ForCausalLM";
  static readonly modelType = "qwen2";

  constructor(configJson: ConfigJson) {
    super(configJson, parseQwen2Config(configJson));
  }
}

/** Qwen 3: Llama's layout with a norm over each head's queries and keys. */
import type { ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";
import { readQwenWindows } from "./qwen2.ts";

/**
 * Reads a Qwen 3 config.json.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * parseQwen3Config({ ...shape, vocab_size: 64, num_key_value_heads: 1, head_dim: 8 }).queryKeyNorm; // → true
 */
export function parseQwen3Config(json: ConfigJson): LlamaConfig {
  const config = parseLlamaConfig(json, { headDim: 128, maxPositionEmbeddings: 32768 });
  return { ...config, queryKeyNorm: true, slidingWindows: readQwenWindows(json, config.numHiddenLayers) };
}

/**
 * A Qwen 3 model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * new Qwen3ForCausalLM({ ...shape, vocab_size: 64, num_key_value_heads: 1, head_dim: 8 }).config.queryKeyNorm; // → true
 */
export class Qwen3ForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "Qwen3ForCausalLM";
  static readonly modelType = "qwen3";

  constructor(configJson: ConfigJson) {
    super(configJson, parseQwen3Config(configJson));
  }
}

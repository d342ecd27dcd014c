/** Gemma: Llama's layout with a scaled embedding, GELU in the gate, and norms that store the difference from 1. */
import { readChoice, refuse, type ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/**
 * Reads a Gemma config.json. Its first checkpoints name exact GELU in `hidden_act` and were trained with the form by tanh,
 * which `hidden_activation` names; as in transformers, the latter is what counts.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * parseGemmaConfig({ ...shape, vocab_size: 64, num_key_value_heads: 1, head_dim: 8 }).embeddingScale; // → 4
 */
export function parseGemmaConfig(json: ConfigJson): LlamaConfig {
  if (json["use_bidirectional_attention"] === true) {
    refuse("use_bidirectional_attention", true, "false: only causal attention is computed");
  }
  readChoice(json, "hidden_act", { gelu: true, gelu_pytorch_tanh: true }, "gelu_pytorch_tanh");
  const config = parseLlamaConfig(json, {
    headDim: 256,
    maxPositionEmbeddings: 8192,
    tieWordEmbeddings: true,
    activationField: "hidden_activation",
    activation: "gelu_pytorch_tanh",
  });
  return { ...config, normOffset: 1, embeddingScale: Math.sqrt(config.hiddenSize) };
}

/**
 * A Gemma model with a language-modelling head.
 *
 * @example
 * const shape = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 };
 * const gemma = new GemmaForCausalLM({ ...shape, vocab_size: 64, num_key_value_heads: 1, head_dim: 8 });
 * gemma.config.normOffset; // → 1
 */
export class GemmaForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "GemmaForCausalLM";
  static readonly modelType = "gemma";

  constructor(configJson: ConfigJson) {
    super(configJson, parseGemmaConfig(configJson));
  }
}

/** Gemma: Llama's layout with a scaled embedding, GELU in the gate, and norms that store the difference from 1. */
import { readChoice, refuse, type ConfigJson } from "./config.ts";
import { LlamaLayoutForCausalLM, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/**
 * Reads a Gemma config.json. Its first checkpoints name exact GELU in `hidden_act` and were trained with the form by tanh,
 * which `hidden_activation` names; as in transformers, the latter is what counts.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
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

/** A Gemma model with a language-modelling head. */
export class GemmaForCausalLM extends LlamaLayoutForCausalLM {
  static readonly architecture = "GemmaForCausalLM";
  static readonly modelType = "gemma";

  constructor(configJson: ConfigJson) {
    super(configJson, parseGemmaConfig(configJson));
  }
}

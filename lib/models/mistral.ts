/** Mistral: Llama's layout, in which each token may see only the last few. */
import type { LinearLayer } from "../nn/index.ts";
import { CausalLM, languageModelHead } from "./causal-lm.ts";
import { readWindows, type ConfigJson } from "./config.ts";
import { LlamaModel, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

/**
 * Reads a Mistral config.json; all layers have the window where there is one.
 *
 * @throws ResidencyError E_CHECKPOINT when a field is missing or impossible.
 */
export function parseMistralConfig(json: ConfigJson): LlamaConfig {
  const config = parseLlamaConfig(json, { maxPositionEmbeddings: 4096 * 32 });
  const hasWindow = (json["sliding_window"] ?? null) !== null;
  return { ...config, slidingWindows: readWindows(json, config.numHiddenLayers, () => hasWindow) };
}

/** A Mistral model with a language-modelling head. */
export class MistralForCausalLM extends CausalLM<LlamaConfig> {
  static readonly architecture = "MistralForCausalLM";
  static readonly modelType = "mistral";
  readonly model: LlamaModel;
  lm_head: LinearLayer;

  constructor(configJson: ConfigJson) {
    const config = parseMistralConfig(configJson);
    super(configJson, config);
    this.model = new LlamaModel(config);
    this.lm_head = languageModelHead(config, this.model.embed_tokens.weight);
  }

  protected get decoder(): LlamaModel {
    return this.model;
  }

  get baseModelPrefix(): string {
    return "model";
  }
}

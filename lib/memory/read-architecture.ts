/** Chooses an architecture by config.json's model_type: the meta-device twin of the models, as arithmetic. */
import { ResidencyError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";
import { gpt2, llamaLike, opt, phi } from "./decoders.ts";
import { bert, t5 } from "./encoders.ts";
import { configOf, textOf, type ConfigJson, type ConfigSource } from "./model-config.ts";

const qkvBias = { queryKeyValue: true, output: false };
const gemmaVariant = { tied: true, headDim: 256, scalesEmbedding: true };

/** How each family is read; the defaults are those of transformers' configuration classes. */
const families: Record<string, (config: ConfigJson) => Architecture> = {
  gpt2,
  llama: (config) => llamaLike("llama", config),
  mistral: (config) =>
    llamaLike("mistral", config, { biases: { queryKeyValue: false, output: false }, windowed: true }),
  qwen2: (config) => llamaLike("qwen2", config, { biases: qkvBias }),
  qwen3: (config) => llamaLike("qwen3", config, { queryKeyNorm: true, headDim: 128 }),
  gemma: (config) => llamaLike("gemma", config, gemmaVariant),
  gemma2: (config) => llamaLike("gemma2", config, { ...gemmaVariant, fourNorms: true, logitCap: 30 }),
  phi,
  opt,
  t5: (config) => t5("t5", config),
  mt5: (config) => t5("mt5", config),
  bert,
};

/** The model types whose parameters can be counted. */
export const architectureFamilies: readonly string[] = Object.keys(families);

/**
 * The names and shapes of a model's parameters, its tied ones and its sizes, from its config.json alone.
 *
 * @throws ResidencyError E_CHECKPOINT for an unknown model_type, or a size that is missing or impossible.
 * @example
 * const { parameters } = readArchitecture({ model_type: "gpt2", vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12 });
 * parameters[0]; // → { name: "transformer.wte.weight", shape: [50257, 768], kind: "embedding" }
 */
export function readArchitecture(source: ConfigSource): Architecture {
  const config = configOf(source);
  const family = textOf(config, "model_type", "");
  const read = Object.hasOwn(families, family) ? families[family] : undefined;
  if (read) return read(config);
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot estimate a model of type ${JSON.stringify(family)}: config.json's "model_type" must be one of ` +
      architectureFamilies.join(", "),
  );
}

/** Configs of models that memory is reckoned for: the published ones of the reference counts, and a small Llama. */
import fs from "node:fs";
import { fixture } from "./paths.ts";

/** What a config.json holds. */
export type ConfigJson = Record<string, unknown>;

/** The published models by name, with their configs and how many parameters the reference counts. */
export const publishedModels = (
  JSON.parse(fs.readFileSync(fixture("memory/counts.json"), "utf8")) as {
    models: Record<string, { config: ConfigJson; total: number }>;
  }
).models;

/** The config of a published model. */
export function configOf(name: string): ConfigJson {
  const model = publishedModels[name];
  if (!model) throw new Error(`The fixture memory/counts.json has no model ${name}`);
  return model.config;
}

/** A Llama of four layers with tied embeddings, whose sizes can be followed by hand. */
export const smallLlama = {
  model_type: "llama",
  vocab_size: 1024,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  tie_word_embeddings: true,
};

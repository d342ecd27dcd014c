/** Chooses the model class by config.json. */
import { ResidencyError } from "../errors.ts";
import type { CausalLMClass } from "./causal-lm.ts";
import type { ConfigJson } from "./config.ts";
import { GemmaForCausalLM } from "./gemma.ts";
import { Gemma2ForCausalLM } from "./gemma2.ts";
import { GPT2LMHeadModel } from "./gpt2.ts";
import { LlamaForCausalLM } from "./llama.ts";
import { MistralForCausalLM } from "./mistral.ts";
import { loadPretrained, type FromPretrainedOptions } from "./node.ts";
import { PhiForCausalLM } from "./phi.ts";
import { Qwen2ForCausalLM } from "./qwen2.ts";
import { Qwen3ForCausalLM } from "./qwen3.ts";

/** A causal language model of any family that the library knows. */
export type AnyCausalLM =
  | GemmaForCausalLM
  | Gemma2ForCausalLM
  | GPT2LMHeadModel
  | LlamaForCausalLM
  | MistralForCausalLM
  | PhiForCausalLM
  | Qwen2ForCausalLM
  | Qwen3ForCausalLM;

/** The classes of the families. */
export const causalLMClasses: readonly CausalLMClass<AnyCausalLM>[] = [
  GemmaForCausalLM,
  Gemma2ForCausalLM,
  GPT2LMHeadModel,
  LlamaForCausalLM,
  MistralForCausalLM,
  PhiForCausalLM,
  Qwen2ForCausalLM,
  Qwen3ForCausalLM,
];

/** The names in `architectures`; none when the config has none. */
export function architecturesOf(config: ConfigJson): string[] {
  const names = config["architectures"];
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === "string") : [];
}

/** Whether a checkpoint of this name holds the decoder that the class has, with or without its head. */
function holds(name: string, { architecture }: CausalLMClass): boolean {
  return name === architecture || name === architecture.replace(/(ForCausalLM|LMHeadModel)$/, "Model");
}

/** The class of a config.json, by `model_type` and, where that is missing, by `architectures`; undefined for none. */
export function causalLMClassOf(config: ConfigJson): CausalLMClass<AnyCausalLM> | undefined {
  const architectures = architecturesOf(config);
  const type = config["model_type"];
  const found = causalLMClasses.find((family) =>
    type === undefined ? architectures.some((name) => holds(name, family)) : type === family.modelType,
  );
  const fits = architectures.length === 0 || architectures.some((name) => found && holds(name, found));
  return fits ? found : undefined;
}

/**
 * Builds a model from a config.json without values: it takes no memory until it gets some.
 *
 * @throws ResidencyError E_CHECKPOINT for an architecture that the library does not know.
 * @example
 * const empty = modelFromConfig(config);
 * [...empty.namedParameters()].length; // → 56
 */
export function modelFromConfig(config: ConfigJson): AnyCausalLM {
  const found = causalLMClassOf(config);
  if (!found) {
    const named = architecturesOf(config).join(", ") || JSON.stringify(config["model_type"]);
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot build a model of the architecture ${named}: known are ` +
        causalLMClasses.map(({ architecture, modelType }) => `${architecture} ("${modelType}")`).join(", "),
    );
  }
  return new found(config);
}

/** Chooses the model class by config.json, as transformers' class of this name does. */
export const AutoModelForCausalLM = {
  /**
   * Loads a model folder, or `owner/name` from the hub: config.json and safetensors, single or sharded, stored as f32,
   * f16 or bf16, or in 4 or 8 bits by bitsandbytes. Tensors are read one at a time, and packed before the next is read.
   *
   * @throws ResidencyError E_CHECKPOINT or E_SAFETENSORS when the folder is incomplete or does not fit its config,
   * E_CONFIG for options that do not fit it, E_BACKEND for a device that there is not.
   * @example
   * const model = await AutoModelForCausalLM.fromPretrained("assets/intern");
   */
  fromPretrained(nameOrFolder: string, options: FromPretrainedOptions = {}): Promise<AnyCausalLM> {
    return loadPretrained(nameOrFolder, modelFromConfig, options);
  },
};

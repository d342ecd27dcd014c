/** Makes a quantised model ready to be trained with adapters, as PEFT's function of this name does. */
import { setGradientCheckpointing, type CausalLanguageModel } from "../nn/index.ts";

/** Options of {@link prepareModelForKbitTraining}. */
export interface KbitTrainingOptions {
  /** Whether each block's activations are made again in the backward pass instead of being kept; true when left out. */
  useGradientCheckpointing?: boolean;
}

/**
 * Freezes all parameters and turns gradient checkpointing on; returns the model. Norms are in float32 already, and products are
 * taken in float32 through a head that is held in 16 bits, too.
 *
 * @example
 * const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true });
 * const base = await LlamaForCausalLM.fromPretrained("assets/intern", { quantizationConfig });
 * const prepared = prepareModelForKbitTraining(base);
 * const peft = getPeftModel(prepared, new LoraConfig({ targetModules: ["q_proj", "v_proj"] }));
 */
export function prepareModelForKbitTraining<M extends CausalLanguageModel>(
  model: M,
  { useGradientCheckpointing = true }: KbitTrainingOptions = {},
): M {
  for (const [, parameter] of model.root.namedParameters()) parameter.requiresGrad = false;
  setGradientCheckpointing(model.root, useGradientCheckpointing);
  return model;
}

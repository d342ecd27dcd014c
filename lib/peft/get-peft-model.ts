/** Puts a fresh adapter onto a model. */
import type { CausalLanguageModel } from "../nn/index.ts";
import { defaultAdapter } from "./adapter-rules.ts";
import type { LoraConfig } from "./config.ts";
import type { SavedNames, TargetNames } from "./layer-names.ts";
import { PeftModel } from "./peft-model.ts";

/** Options of {@link getPeftModel}. */
export interface GetPeftModelOptions {
  seed?: number;
  /** "default" when left out. */
  adapterName?: string;
}

/**
 * Adds a fresh LoRA adapter to a model and freezes everything else.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no layer; E_SYNC_READ on webgpu for an adapter that begins as a part of the
 * base weights (PiSSA, OLoRA), which {@link getPeftModelAsync} adds there.
 * @example
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] }));
 */
export function getPeftModel<M extends CausalLanguageModel>(
  model: M,
  config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>,
  { seed = 0, adapterName = defaultAdapter }: GetPeftModelOptions = {},
): PeftModel<M> {
  const peft = new PeftModel(model, seed);
  peft.addAdapter(adapterName, config);
  peft.setAdapter(adapterName);
  return peft;
}

/**
 * The same on every backend: decompositions of base weights wait for the numbers of a GPU.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no layer.
 * @example
 * const config = new LoraConfig({ r: 4, initLoraWeights: "pissa_niter_4", targetModules: ["q_proj"] });
 * const peft = await getPeftModelAsync(model, config);
 */
export async function getPeftModelAsync<M extends CausalLanguageModel>(
  model: M,
  config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>,
  { seed = 0, adapterName = defaultAdapter }: GetPeftModelOptions = {},
): Promise<PeftModel<M>> {
  const peft = new PeftModel(model, seed);
  await peft.addAdapterAsync(adapterName, config);
  peft.setAdapter(adapterName);
  return peft;
}

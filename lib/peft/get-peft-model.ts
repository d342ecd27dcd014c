/** Puts a fresh adapter onto a model. */
import type { CausalLanguageModel } from "../nn/index.ts";
import { defaultAdapter } from "./adapter-rules.ts";
import type { LoraConfig } from "./config.ts";
import type { SavedNames, TargetNames } from "./layer-names.ts";
import { PeftModel } from "./peft-model.ts";

/**
 * Adds a fresh LoRA adapter to a model and freezes everything else.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no layer.
 * @example
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] }));
 */
export function getPeftModel<M extends CausalLanguageModel>(
  model: M,
  config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>,
  { seed = 0, adapterName = defaultAdapter }: { seed?: number; adapterName?: string } = {},
): PeftModel<M> {
  const peft = new PeftModel(model, seed);
  peft.addAdapter(adapterName, config);
  peft.setAdapter(adapterName);
  return peft;
}

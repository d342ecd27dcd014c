/** What the tests of adapters share: a small Llama, its logits for some tokens, and adapters as training would leave them. */
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import type { PeftModel } from "../../../lib/peft/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { fixture } from "../../support/paths.ts";

/** Token ids of one row. */
export const ids = [[1, 5, 9, 2, 7, 3]];
/** A fresh model. */
export const llama = (): Promise<LlamaForCausalLM> =>
  LlamaForCausalLM.fromPretrained(fixture("models", "llama"));

/** The logits for {@link ids}. */
export const logitsOf = (model: Pick<LlamaForCausalLM, "forward">): number[] => {
  const { logits } = model.forward({ inputIds: ids });
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};

/** Gives the adapter's B values of its own, as training would. */
export function stir(peft: PeftModel<LlamaForCausalLM>, adapter: string, seed: number): void {
  const random = seededRandom(seed);
  for (const [name, parameter] of peft.stateDict(adapter)) {
    if (!name.includes("lora_B")) continue;
    const values = Float32Array.from({ length: parameter.size }, () => 0.1 * random.normal());
    parameter.assign(tf.tensor(values, [...parameter.shape]));
  }
}

/** The largest difference. */
export const largest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

/** What examples in docstrings may name without making it: a small model, its tokenizer, rows to train on. */
import { readFileSync } from "node:fs";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  getPeftModel,
  LoraConfig,
  type DPORow,
  type PeftModel,
  type PreTrainedTokenizer,
  type SFTRow,
} from "residency";
import type { AnyCausalLM } from "residency/models";

/** Makes each thing anew for every example that names it. */
export const context = {
  model: (): Promise<AnyCausalLM> => AutoModelForCausalLM.fromPretrained("assets/intern"),
  tokenizer: (): Promise<PreTrainedTokenizer> => AutoTokenizer.fromPretrained("assets/intern"),
  async peft(): Promise<PeftModel<AnyCausalLM>> {
    const model = await context.model();
    return getPeftModel(model, new LoraConfig({ r: 4, loraAlpha: 8, targetModules: ["q_proj", "v_proj"] }));
  },
  rows: (): SFTRow[] => [
    { prompt: "Question: what is PNA?\n\nOutput:", completion: " PNA is pneumonia." },
    { prompt: "Question: what is HTN?\n\nOutput:", completion: " HTN is hypertension." },
  ],
  pairs: (): DPORow[] => [{ prompt: "PNA?", chosen: " Pneumonia.", rejected: " No idea." }],
  config: (): Record<string, unknown> =>
    JSON.parse(readFileSync("assets/intern/config.json", "utf8")) as Record<string, unknown>,
};

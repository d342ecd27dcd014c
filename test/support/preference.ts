/** Runs of preference training beside TRL's of the fixture `preference/`. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { AutoModelForCausalLM } from "../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../lib/nn/index.ts";
import { AutoTokenizer, type PreTrainedTokenizer } from "../../lib/tokenizer/index.ts";
import type { DPORow, LogEntry } from "../../lib/train/index.ts";
import { assertClose } from "./closeness.ts";
import { fixture } from "./paths.ts";

/** One run of TRL: figures by TRL's names, one object a step. */
export interface PreferenceRun {
  settings: Record<string, unknown>;
  steps: Record<string, number>[];
}

/** The fixture's rows and runs. */
export const preferences = JSON.parse(fs.readFileSync(fixture("preference", "expected.json"), "utf8")) as {
  pairs: Extract<DPORow, { prompt: string }>[];
  labelled: { prompt: string; completion: string; label: boolean }[];
} & Record<"dpo" | "kto" | "orpo" | "cpo", Record<string, PreferenceRun>>;

/** The model that TRL trained. */
export const policy = (): Promise<CausalLanguageModel> =>
  AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));

/** The model that TRL measured against. */
export const reference = (): Promise<CausalLanguageModel> =>
  AutoModelForCausalLM.fromPretrained(fixture("preference", "reference"));

/** The tokenizer of TRL's runs. */
export const tokenizerOfRuns = (): Promise<PreTrainedTokenizer> =>
  AutoTokenizer.fromPretrained(fixture("tokenizers", "qwen2-nfc"));

/** The settings that all runs have in common. */
export const settingsOfRuns = {
  ...{ maxSteps: 3, perDeviceTrainBatchSize: 2, learningRate: 1e-2, adamEpsilon: 1e-4, loggingSteps: 1 },
  trainSamplingStrategy: "sequential",
} as const;

/** A run's own settings under our names. */
export const settingsOf = ({ settings }: PreferenceRun): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

/** Compares a log with TRL's, figure by figure. */
export function assertSameSteps(log: readonly LogEntry[], { steps }: PreferenceRun): void {
  assert.equal(log.length, steps.length);
  for (const [index, { loss, grad_norm, ...figures }] of steps.entries()) {
    const entry = log[index]!;
    const where = `of step ${index + 1}`;
    assertClose(entry.loss, loss!, 2e-5 * Math.max(0.1, Math.abs(loss!)), `loss ${where}`);
    assertClose(entry.gradNorm, grad_norm!, 1e-4 * Math.max(0.01, grad_norm!), `gradient norm ${where}`);
    for (const [name, value] of Object.entries(figures)) {
      const ours = entry.metrics?.[name];
      assert.ok(ours !== undefined, `${name} ${where} is there`);
      assertClose(ours, value, 1e-4 * Math.max(1, Math.abs(value)), `${name} ${where}`);
    }
  }
}

/** DPO from texts beside TRL 1.13, step for step, with every loss. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { setBackend } from "../../../lib/tensor/index.ts";
import { DPOConfig, dpoLossTypes, DPOTrainer, type DPOSettings } from "../../../lib/train/index.ts";
import { fixture } from "../../support/paths.ts";
import {
  assertSameSteps,
  policy,
  preferences,
  reference as referenceModel,
  settingsOf,
  settingsOfRuns,
  tokenizerOfRuns,
} from "../../support/preference.ts";

/** Losses of given log-probabilities, which the tests of dpoLoss() compare. */
const given = (
  JSON.parse(fs.readFileSync(fixture("dpo", "expected.json"), "utf8")) as {
    given_logps: { cases: { loss_type: string }[] };
  }
).given_logps.cases;

describe("DPOTrainer from texts", () => {
  before(() => setBackend("wasm"));

  for (const [name, run] of Object.entries(preferences.dpo)) {
    it(`makes TRL 1.13's steps from texts with the loss ${name}`, async () => {
      const [model, refModel] = [await policy(), await referenceModel()];
      const args = new DPOConfig({ ...settingsOfRuns, ...(settingsOf(run) as DPOSettings) });
      const tokenizer = await tokenizerOfRuns();
      const trainer = new DPOTrainer({ model, refModel, tokenizer, args, trainDataset: preferences.pairs });
      await trainer.train();
      assertSameSteps(trainer.state.logHistory, run);
      for (const used of [model, refModel]) used.root.dispose();
    });
  }

  it("has a run of TRL for each loss", () => {
    const compared = given.map(({ loss_type }) => loss_type);
    const run = Object.values(preferences.dpo).flatMap(({ settings }) => settings["loss_type"] as string[]);
    assert.deepEqual([...new Set([...compared, ...run])].sort(), [...dpoLossTypes].sort());
  });
});

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

  const firstLoss = async (settings: DPOSettings): Promise<number> => {
    const [model, refModel] = [await policy(), await referenceModel()];
    const args = new DPOConfig({ ...settingsOfRuns, maxSteps: 1, ...settings });
    const tokenizer = await tokenizerOfRuns();
    const trainer = new DPOTrainer({ model, refModel, tokenizer, args, trainDataset: preferences.pairs });
    await trainer.train();
    for (const used of [model, refModel]) used.root.dispose();
    return trainer.state.logHistory[0]!.loss!;
  };

  it("counts each token of sft once, whatever ldAlpha is", async () => {
    const [plain, desensitized] = [
      await firstLoss({ lossType: ["sft"] }),
      await firstLoss({ lossType: ["sft"], ldAlpha: 0.3 }),
    ];
    assert.ok(Math.abs(plain - desensitized) < 1e-6, `${plain} and ${desensitized}`);
  });

  it("takes aot of one pair, which is the loss sigmoid then", async () => {
    const sigmoid = await firstLoss({ lossType: ["sigmoid"], perDeviceTrainBatchSize: 1 });
    for (const lossType of ["aot", "aot_unpaired"] as const) {
      const loss = await firstLoss({ lossType: [lossType], perDeviceTrainBatchSize: 1 });
      assert.ok(Math.abs(loss - sigmoid) < 1e-6, `${lossType}: ${loss} and ${sigmoid}`);
    }
  });

  it("has a run of TRL for each loss", () => {
    const compared = given.map(({ loss_type }) => loss_type);
    const run = Object.values(preferences.dpo).flatMap(({ settings }) => settings["loss_type"] as string[]);
    assert.deepEqual([...new Set([...compared, ...run])].sort(), [...dpoLossTypes].sort());
  });
});

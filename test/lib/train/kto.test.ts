/** KTO beside TRL, step for step; its rows, its loss on given numbers, and what stands for its reference. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  KTOConfig,
  ktoLoss,
  KTOTrainer,
  type KTOConfigOptions,
  type KTORow,
  type KTOSettings,
} from "../../../lib/train/index.ts";
import { endOfPreparation } from "../../../lib/train/preparation.ts";
import { prepareKTORows } from "../../../lib/train/kto-rows.ts";
import { assertClose } from "../../support/closeness.ts";
import {
  assertSameSteps,
  policy,
  preferences,
  reference,
  settingsOf,
  settingsOfRuns,
  tokenizerOfRuns,
} from "../../support/preference.ts";

describe("KTOTrainer", () => {
  before(() => setBackend("wasm"));

  for (const [name, run] of Object.entries(preferences.kto)) {
    it(`makes TRL's steps of ${name}`, async () => {
      const [model, refModel, tokenizer] = [await policy(), await reference(), await tokenizerOfRuns()];
      const args = new KTOConfig({ ...settingsOfRuns, ...(settingsOf(run) as KTOSettings) });
      const trainer = new KTOTrainer({
        model,
        refModel,
        tokenizer,
        args,
        trainDataset: preferences.labelled,
      });
      await trainer.train();
      assertSameSteps(trainer.state.logHistory, run);
      for (const used of [model, refModel]) used.root.dispose();
    });
  }

  it("measures an adapter against the model without it, leaves no tensor behind, and evaluates", async () => {
    const [base, tokenizer] = [await policy(), await tokenizerOfRuns()];
    const model = getPeftModel(base, new LoraConfig({ r: 4, targetModules: "all-linear" }), { seed: 1 });
    const counts: number[] = [];
    const trainer = new KTOTrainer({
      ...{ model, tokenizer, trainDataset: preferences.labelled, evalDataset: preferences.labelled },
      args: new KTOConfig({ ...settingsOfRuns, maxSteps: 12, perDeviceTrainBatchSize: 3 }),
      callbacks: [{ onStepEnd: () => void counts.push(tf.memory().numTensors) }],
    });
    await trainer.train();
    const [first, last] = [trainer.state.logHistory[0]!, trainer.state.logHistory.at(-1)!];
    assertClose(first.loss!, 0.5, 1e-6);
    assert.equal(first.metrics!["kl"], 0);
    assert.ok(last.loss! < 0.45, String(last.loss));
    assert.equal(new Set(counts.slice(1)).size, 1, counts.join());
    const { numTensors } = tf.memory();
    const { evalLoss } = await trainer.evaluate();
    assert.ok(evalLoss < 0.45);
    assert.equal(tf.memory().numTensors, numTensors);
    base.root.dispose();
  });

  it("refuses a model without a reference, and micro-batches of one row", async () => {
    const [model, tokenizer] = [await policy(), await tokenizerOfRuns()];
    const parts = { model, tokenizer, trainDataset: preferences.labelled };
    assert.throws(() => new KTOTrainer({ ...parts, args: new KTOConfig() }), {
      code: "E_CONFIG",
      message: /refModel/,
    });
    const refModel = await reference();
    const args = new KTOConfig({ perDeviceTrainBatchSize: 1 });
    assert.throws(() => new KTOTrainer({ ...parts, refModel, args }), {
      code: "E_CONFIG",
      message: /at least 2/,
    });
    const apo = new KTOConfig({ perDeviceTrainBatchSize: 1, lossType: "apo_zero_unpaired" });
    assert.ok(new KTOTrainer({ ...parts, refModel, args: apo }));
    for (const used of [model, refModel]) used.root.dispose();
  });

  it("refuses settings outside their range", () => {
    for (const options of [
      { lossType: "dpo" },
      { desirableWeight: -1 },
      { beta: 0 },
      { labelSmoothingFactor: 0.1 },
    ]) {
      assert.throws(() => new KTOConfig(options as KTOConfigOptions), { code: "E_CONFIG" });
    }
  });
});

describe("ktoLoss()", () => {
  it("is the paper's, for a good and a bad answer", async () => {
    await setBackend("wasm");
    const logProbs = tf.tensor1d([-10, -14]);
    const refLogProbs = tf.tensor1d([-11, -12]);
    const loss = ktoLoss(
      { logProbs, refLogProbs, kl: tf.scalar(0) },
      [true, false],
      new KTOConfig({ beta: 0.1 }),
    );
    assertClose(loss.dataSync(), [0.475021, 0.450166], 1e-6);
  });
});

describe("KTO rows", () => {
  const numbers = {
    encode: (text: string) => text.split(" ").filter(Boolean).map(Number),
    eosTokenId: 2,
    padTokenId: 0,
  };
  const truncation = {
    maxLength: null,
    maxPromptLength: null,
    truncationMode: "keep_start",
    batchSize: 2,
  } as const;
  const tokenize = (rows: KTORow[]) => endOfPreparation(prepareKTORows(rows, numbers, truncation));

  it("have the answer of another row of the batch behind their prompt", () => {
    const { rows } = tokenize([
      { prompt: "10", completion: " 11", label: true },
      { prompt: "20", completion: " 21", label: false },
      { prompt: "30", completion: " 31", label: true },
    ]);
    assert.deepEqual(
      rows.map(({ mismatch }) => mismatch.inputIds),
      [
        [10, 21, 2],
        [20, 11, 2],
        [30, 31, 2],
      ],
    );
  });

  it("may be pairs, which are a good and a bad answer each", () => {
    const { rows } = tokenize([
      { prompt: "10", chosen: " 11", rejected: " 12" },
      { prompt: "20", chosen: " 21", rejected: " 22" },
    ]);
    assert.deepEqual(
      rows.map(({ answer, label }) => [answer.inputIds[1], label]),
      [
        [11, true],
        [21, true],
        [12, false],
        [22, false],
      ],
    );
  });

  it("are refused without a verdict", () => {
    const row = { prompt: "10", completion: " 11" } as unknown as KTORow;
    assert.throws(() => tokenize([row]), {
      code: "E_DATASET",
      message: /row 0 .*"label" must be true or false/,
    });
    // @ts-expect-error a row has a label
    const typed: KTORow = { prompt: "10", completion: " 11" };
    assert.ok(typed);
  });
});

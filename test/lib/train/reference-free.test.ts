/** ORPO, CPO and SimPO beside TRL, step for step; their formulas on given numbers. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  CPOConfig,
  cpoLoss,
  CPOTrainer,
  logOddsRatio,
  ORPOConfig,
  ORPOTrainer,
  type CPOConfigOptions,
  type CPOSettings,
} from "../../../lib/train/index.ts";
import { log1mexp } from "../../../lib/ops/index.ts";
import { assertClose } from "../../support/closeness.ts";
import {
  assertSameSteps,
  policy,
  preferences,
  settingsOf,
  settingsOfRuns,
  tokenizerOfRuns,
} from "../../support/preference.ts";

describe("ORPOTrainer", () => {
  before(() => setBackend("wasm"));
  for (const [name, run] of Object.entries(preferences.orpo)) {
    it(`makes TRL's steps of ${name}`, async () => {
      const [model, tokenizer] = [await policy(), await tokenizerOfRuns()];
      const args = new ORPOConfig({ ...settingsOfRuns, ...settingsOf(run) });
      const trainer = new ORPOTrainer({ model, tokenizer, args, trainDataset: preferences.pairs });
      await trainer.train();
      assertSameSteps(trainer.state.logHistory, run);
      model.root.dispose();
    });
  }

  it("leaves no tensor behind, and evaluates", async () => {
    const [model, tokenizer] = [await policy(), await tokenizerOfRuns()];
    const args = new ORPOConfig(settingsOfRuns);
    const counts: number[] = [];
    const trainer = new ORPOTrainer({
      ...{ model, tokenizer, args, trainDataset: preferences.pairs, evalDataset: preferences.pairs },
      callbacks: [{ onStepEnd: () => void counts.push(tf.memory().numTensors) }],
    });
    await trainer.train();
    const { numTensors } = tf.memory();
    const { evalLoss, metrics } = await trainer.evaluate();
    assert.equal(tf.memory().numTensors, numTensors);
    assert.equal(new Set(counts).size, 1, counts.join());
    assert.ok(evalLoss > 0 && metrics!["log_odds_chosen"] !== undefined);
    model.root.dispose();
  });
});

describe("logOddsRatio()", () => {
  before(() => setBackend("wasm"));

  it("is the log of the ratio of the odds", () => {
    const [p, q] = [Math.exp(-0.5), Math.exp(-1)];
    const expected = Math.log(p / (1 - p)) - Math.log(q / (1 - q));
    assertClose(logOddsRatio(tf.tensor1d([-0.5]), tf.tensor1d([-1])).dataSync(), [expected], 1e-6);
  });

  it("is exact and has a finite gradient where a probability is near 1 or 0", () => {
    const values = [-1e-6, -1e-3, -0.3, -0.69, -0.7, -2, -30];
    assertClose(
      log1mexp(tf.tensor1d(values)).dataSync(),
      values.map((x) => Math.log(-Math.expm1(x))),
      2e-6,
    );
    const gradient = tf
      .grad((x: tf.Tensor) => tf.sum(log1mexp(x)))(tf.tensor1d(values))
      .dataSync();
    values.forEach((x, at) => {
      const expected = -Math.exp(x) / -Math.expm1(x);
      assertClose(gradient[at], expected, 1e-5 * Math.abs(expected) + 1e-9, `at ${x}`);
    });
  });
});

describe("CPOTrainer", () => {
  before(() => setBackend("wasm"));
  for (const [name, run] of Object.entries(preferences.cpo)) {
    it(`makes TRL's steps of ${name}`, async () => {
      const [model, tokenizer] = [await policy(), await tokenizerOfRuns()];
      const args = new CPOConfig({ ...settingsOfRuns, ...(settingsOf(run) as CPOSettings) });
      const trainer = new CPOTrainer({ model, tokenizer, args, trainDataset: preferences.pairs });
      await trainer.train();
      assertSameSteps(trainer.state.logHistory, run);
      model.root.dispose();
    });
  }

  it("takes SimPO's loss of given log-probabilities", () => {
    const [chosen, rejected] = [tf.tensor1d([-2]), tf.tensor1d([-3.5])];
    const loss = cpoLoss(
      { chosen, rejected },
      new CPOConfig({ lossType: "simpo", beta: 2, simpoGamma: 0.5 }),
    );
    assertClose(loss.dataSync(), [Math.log1p(Math.exp(-(2 * 1.5 - 0.5)))], 1e-6);
  });

  it("refuses settings outside their range", () => {
    for (const options of [
      { lossType: "dpo" },
      { labelSmoothing: 0.5 },
      { lossType: "hinge", labelSmoothing: 0.1 },
      { cpoAlpha: -1 },
      { simpoGamma: NaN },
      { alpha: Infinity },
      { beta: 0 },
    ]) {
      assert.throws(() => new CPOConfig(options as CPOConfigOptions), { code: "E_CONFIG" });
    }
  });
});

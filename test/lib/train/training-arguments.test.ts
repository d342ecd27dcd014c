/** TrainingArguments: what they stand at, what they refuse, and that a schedule's own arguments reach a run. */
import assert from "node:assert/strict";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  CPOConfig,
  DPOConfig,
  KTOConfig,
  ORPOConfig,
  SFTConfig,
  Trainer,
  TrainingArguments,
  type TrainingArgumentsOptions,
} from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

describe("TrainingArguments", () => {
  for (const options of [
    { learningRate: 0 },
    { learningRate: NaN },
    { maxSteps: 1.5 },
    { perDeviceTrainBatchSize: 0 },
    { seed: -1 },
    { warmupRatio: 1.5 },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => new TrainingArguments(options), { code: "E_CONFIG", message: /must be/ });
    });
  }
});

describe("maxSteps", () => {
  it("is unset at transformers' -1, so that the epochs decide", () => {
    assert.equal(new TrainingArguments({ maxSteps: -1 }).maxSteps, 0);
    assert.throws(() => new TrainingArguments({ maxSteps: -2 }), {
      code: "E_CONFIG",
      message: /maxSteps -2/,
    });
  });
});

describe("loggingSteps", () => {
  it("is 10 with TRL's kinds of training, 500 with transformers' own, and evaluations follow it", () => {
    assert.equal(new TrainingArguments().loggingSteps, 500);
    assert.equal(new TrainingArguments({ evalStrategy: "steps" }).evalSteps, 500);
    const configs = [SFTConfig, DPOConfig, KTOConfig, ORPOConfig, CPOConfig];
    for (const Config of configs) assert.equal(new Config().loggingSteps, 10, Config.name);
    assert.equal(new SFTConfig({ evalStrategy: "steps" }).evalSteps, 10);
    assert.equal(new SFTConfig({ loggingSteps: 3 }).loggingSteps, 3);
  });
});

describe("lrSchedulerKwargs", () => {
  before(() => setBackend("wasm"));
  it("reach the schedule of a run", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const args = new TrainingArguments({
      maxSteps: 4,
      learningRate: 1e-2,
      lrSchedulerType: "cosine_with_min_lr",
      lrSchedulerKwargs: { minLrRate: 0.5 },
      loggingSteps: 1,
    });
    const inputIds = [5, 17, 3, 9];
    const trainDataset = Array.from({ length: 8 }, () => ({ inputIds, labels: inputIds }));
    const trainer = new Trainer({ model, trainDataset, args });
    await trainer.train();
    const rates = trainer.state.logHistory.map(({ learningRate }) => learningRate!);
    assertClose(
      rates,
      [0, 1, 2, 3].map((step) => 1e-2 * (0.25 * (1 + Math.cos((Math.PI * step) / 4)) + 0.5)),
      1e-15,
    );
    model.dispose();
  });

  it("are refused before a run when the schedule does not take them", () => {
    const wrong = { lrSchedulerType: "linear", lrSchedulerKwargs: { numCycles: 2 } } as const;
    // @ts-expect-error linear takes no further argument
    assert.throws(() => new TrainingArguments(wrong), { code: "E_CONFIG", message: /numCycles/ });
    // @ts-expect-error power belongs to polynomial
    const other: TrainingArgumentsOptions = { lrSchedulerType: "cosine", lrSchedulerKwargs: { power: 1 } };
    assert.throws(() => new TrainingArguments(other), { code: "E_CONFIG", message: /power/ });
  });
});

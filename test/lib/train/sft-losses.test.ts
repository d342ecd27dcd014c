/** The losses of SFTTrainer and the figures that it logs, beside TRL. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { SFTConfig, SFTTrainer, type SFTLossType, type SFTTokenizer } from "../../../lib/train/index.ts";
import { chatmlTokenizer } from "../../support/chatml.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Case {
  settings: {
    loss_type: SFTLossType;
    gradient_accumulation_steps?: number;
    per_device_train_batch_size?: number;
  };
  log: Record<string, number>[];
}

const { rows, cases } = JSON.parse(fs.readFileSync(fixture("sft", "losses.json"), "utf8")) as {
  rows: { input_ids: number[]; completion_mask: number[] }[];
  cases: Record<string, Case>;
};

const trainDataset = rows.map(({ input_ids: inputIds, completion_mask: completionMask }) => ({
  ...{ inputIds, completionMask },
}));

describe("SFTTrainer's losses", () => {
  let tokenizer: SFTTokenizer;
  before(async () => {
    tokenizer = await chatmlTokenizer({ marked: false });
  });

  const argsOf = ({ settings }: Case): SFTConfig =>
    new SFTConfig({
      ...{ maxSteps: 6, perDeviceEvalBatchSize: 4, learningRate: 3e-2, adamEpsilon: 1e-4 },
      ...{ loggingSteps: 1, evalStrategy: "steps", evalSteps: 6, trainSamplingStrategy: "sequential" },
      ...{ completionOnlyLoss: true, lossType: settings.loss_type },
      perDeviceTrainBatchSize: settings.per_device_train_batch_size ?? 2,
      gradientAccumulationSteps: settings.gradient_accumulation_steps ?? 1,
      silenceWarnings: ["W_LARGE_BATCH", "W_NO_EOS"],
    });

  for (const backend of ["wasm", "residency-cpu"] as const) {
    for (const [name, one] of Object.entries(cases)) {
      it(`are TRL's with ${name} on ${backend}, and so are accuracy and entropy`, async () => {
        await setBackend(backend);
        const model = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
        const args = argsOf(one);
        const trainer = new SFTTrainer({ model, tokenizer, trainDataset, evalDataset: trainDataset, args });
        await trainer.train();
        model.root.dispose();
        const { logHistory } = trainer.state;
        assert.equal(logHistory.length, one.log.length);
        for (const [index, entry] of logHistory.entries()) {
          const expected = one.log[index]!;
          const prefix = entry.evalLoss === undefined ? "" : "eval_";
          const close = (value: number | undefined, field: string, tolerance: number): void => {
            const wanted = expected[`${prefix}${field}`]!;
            assertClose(
              value!,
              wanted,
              tolerance * Math.max(Math.abs(wanted), 1e-3),
              `${field} ${index + 1}`,
            );
          };
          close(entry.loss ?? entry.evalLoss, "loss", 2e-5);
          if (entry.gradNorm !== undefined) close(entry.gradNorm, "grad_norm", 1e-4);
          // TRL takes the mean over micro-batches, here it is over tokens: the same where each step is one micro-batch.
          if (args.gradientAccumulationSteps > 1) continue;
          close(entry.metrics!["mean_token_accuracy"], "mean_token_accuracy", 1e-6);
          close(entry.metrics!["entropy"], "entropy", 2e-5);
        }
      });
    }
  }

  it("leave no tensor behind, also with an adapter on the head", async () => {
    await setBackend("wasm");
    const base = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
    const model = getPeftModel(base, new LoraConfig({ r: 2, targetModules: ["q_proj"] }));
    const args = new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 2, lossType: "dft", loggingSteps: 1 });
    const trainer = new SFTTrainer({ model, tokenizer, trainDataset, args, onWarning: () => undefined });
    await trainer.train();
    const before = tf.memory().numTensors;
    await trainer.train();
    assert.equal(tf.memory().numTensors, before);
    assert.ok(trainer.state.logHistory[0]!.metrics!["entropy"]! > 0);
    model.root.dispose();
  });
});

describe("SFTConfig's lossType", () => {
  it("is TRL's default when left out, and refused when there is no such loss or one that smooths no labels", () => {
    assert.equal(new SFTConfig().lossType, "chunked_nll");
    assert.throws(() => new SFTConfig({ lossType: "bce" as "dft" }), { code: "E_CONFIG", message: /dft/ });
    assert.throws(() => new SFTConfig({ lossType: "dft", labelSmoothingFactor: 0.1 }), { code: "E_CONFIG" });
  });
});

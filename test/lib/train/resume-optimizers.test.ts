/** Checkpoints of every optimiser: moments in 8 bits, paged and factored ones resume to the bit, too. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { assetPath } from "../../../lib/hub/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { optimizerNames, type OptimizerName } from "../../../lib/optim/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../lib/train/index.ts";

const rows = Array.from({ length: 6 }, (_, row) => {
  const ids = Array.from({ length: 12 }, (_, t) => (row * 37 + t * 11) % 1000);
  return { inputIds: ids, labels: ids };
});

describe("a checkpoint", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend());
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-optimizers-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** The losses and the last weights of five steps of `intern`, whose layers are large enough for moments in 8 bits. */
  async function run(optim: OptimizerName, name: string, { stopAt = 0, resume = false } = {}) {
    const model = await LlamaForCausalLM.fromPretrained(assetPath("intern"));
    const outputDir = path.join(folder, name);
    const trainer = new Trainer({
      ...{ model, trainDataset: rows },
      args: new TrainingArguments({
        ...{ optim, outputDir, maxSteps: 5, saveSteps: 2, loggingSteps: 1 },
        ...{ learningRate: 1e-3, perDeviceTrainBatchSize: 2 },
      }),
      callbacks: [
        { onStepEnd: ({ step }, control) => void (control.shouldTrainingStop ||= step === stopAt) },
      ],
    });
    await trainer.train({ resumeFromCheckpoint: resume });
    const weights = [...model.namedParameters()].map(([, { value }]) => value.dataSync().slice());
    model.dispose();
    return { losses: trainer.state.logHistory.map(({ loss }) => loss), weights };
  }

  for (const optim of optimizerNames) {
    it(`of ${optim} goes on to the bit`, async () => {
      const whole = await run(optim, "whole");
      await run(optim, "cut", { stopAt: 2 });
      assert.deepEqual(await run(optim, "cut", { resume: true }), whole);
    });
  }
});

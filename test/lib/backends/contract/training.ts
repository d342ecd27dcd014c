/** The contract's training run: LoRA on a small Llama, with the losses of the WebAssembly backend, and nothing left behind. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { AutoModelForCausalLM } from "../../../../lib/models/index.ts";
import { PeftModel } from "../../../../lib/peft/index.ts";
import { setBackend, type BackendName } from "../../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../../lib/train/index.ts";
import { assertClose } from "../../../support/closeness.ts";
import { fixture } from "../../../support/paths.ts";

interface Row {
  input_ids: number[];
  attention_mask: number[];
  labels: number[];
}

/** Trains an adapter on the backend in use: losses and gradient norms, step by step. */
export async function trainLora(seed: number): Promise<{ losses: number[]; norms: number[] }> {
  const run = JSON.parse(fs.readFileSync(fixture("train/llama-lora/expected.json"), "utf8")) as {
    rows: Row[];
  };
  const base = await AutoModelForCausalLM.fromPretrained(fixture("models", "llama"));
  const model = await PeftModel.fromPretrained(base, fixture("train/llama-lora/start_adapter"));
  const trainer = new Trainer({
    model,
    trainDataset: run.rows.slice(0, 4).map((row) => ({
      inputIds: row.input_ids,
      attentionMask: row.attention_mask,
      labels: row.labels,
    })),
    args: new TrainingArguments({
      // Every step sees all four rows: what is learned shows in the loss.
      perDeviceTrainBatchSize: 2,
      gradientAccumulationSteps: 2,
      learningRate: 5e-3,
      lrSchedulerType: "cosine",
      weightDecay: 0.01,
      maxGradNorm: 1,
      maxSteps: 4,
      loggingSteps: 1,
      seed,
    }),
  });
  await trainer.train();
  model.root.dispose();
  const history = trainer.state.logHistory;
  return { losses: history.map(({ loss }) => loss!), norms: history.map(({ gradNorm }) => gradNorm!) };
}

const counts = (): Record<string, number> => ({
  tensors: tf.memory().numTensors,
  bytes: tf.memory().numBytes,
  buffers: tf.backend().numDataIds(),
});

/** Adds the test of one backend to the suite around. */
export function describeTraining(name: BackendName): void {
  it("trains an adapter with the losses of wasm (2e-5), to the bit again, and leaves no tensor behind", async () => {
    await setBackend("wasm");
    const reference = await trainLora(7);
    await setBackend(name);
    const found = await trainLora(7);
    assert.equal(found.losses.length, 4);
    assert.ok(reference.losses.at(-1)! < reference.losses[0]!, "the reference run learns");
    found.losses.forEach((loss, i) =>
      assertClose(loss, reference.losses[i]!, 2e-5 * reference.losses[i]!, `loss of step ${i + 1}`),
    );
    found.norms.forEach((norm, i) =>
      assertClose(norm, reference.norms[i]!, 2e-4 * reference.norms[i]!, `gradient norm of step ${i + 1}`),
    );
    const before = counts();
    assert.deepEqual(await trainLora(7), found);
    assert.deepEqual(counts(), before);
  });
}

/** The WebGPU backend on a device: errors with codes, memory, and a model that trains as on the CPU. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { gpuMemory, listGpus, resetGpuPeak } from "../../../lib/backends/webgpu/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { PeftModel } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../lib/train/index.ts";
import { valueAndGradients } from "../../../lib/train/gradients.ts";
import { assertClose } from "../../support/closeness.ts";
import { leaveTestGpu, startTestGpu } from "../../support/gpu.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

describe("the WebGPU backend", function () {
  this.timeout(300_000);

  before(async function () {
    await startTestGpu(this);
  });
  after(leaveTestGpu);

  it("is listed with its adapter, and is not started twice", async () => {
    const [first] = await listGpus();
    assert.ok(first && first.name !== "");
    const backend = tf.backend();
    const { name, reason } = await setBackend("webgpu");
    assert.equal(name, "webgpu");
    assert.match(reason, /^WebGPU on /);
    assert.equal(tf.backend(), backend);
  });

  it("throws E_SYNC_READ when a result is read without waiting, and gives it to who waits", async () => {
    // tfjs computes with less than 1,000 numbers on the CPU.
    const x = tf.fill([2000], 3);
    const y = tf.mul(x, 2);
    assert.throws(() => y.dataSync(), { code: "E_SYNC_READ", message: /await tensor\.data\(\)/ });
    assert.equal((await y.data())[1999], 6);
    tf.dispose([x, y]);
  });

  it("throws E_MEMORY for a tensor above the device's limit, and works afterwards", async () => {
    const x = tf.ones([1, 65_536]);
    const y = tf.ones([65_536, 1]);
    assert.throws(() => tf.mul(x, y), { code: "E_MEMORY", message: /16384\.0 MiB/ });
    const sum = tf.sum(x);
    assert.equal((await sum.data())[0], 65_536);
    tf.dispose([x, y, sum]);
  });

  it("reports bytes and their peak, and gives memory of disposed tensors back", async () => {
    const before = gpuMemory()!.bytes;
    resetGpuPeak();
    const x = tf.fill([1000], 1);
    const y = tf.neg(x);
    await y.data();
    assert.ok(gpuMemory()!.peakBytes >= before + 8000);
    tf.dispose([x, y]);
    const z = tf.neg(tf.scalar(1));
    await z.data();
    assert.ok(gpuMemory()!.bytes <= before + 100, `${gpuMemory()!.bytes} after ${before}`);
    z.dispose();
  });

  it("says in a process of its own that the device was lost, and lets it end", () => {
    const script = `
      const tf = await import("@tensorflow/tfjs-core");
      const { setBackend } = await import("./dist/lib/tensor/index.js");
      await setBackend("webgpu");
      const x = tf.neg(tf.ones([2000]));
      tf.backend().device.destroy();
      await x.data().catch(({ code }) => console.log(code));
      try { tf.neg(x); } catch ({ code }) { console.log(code); }
    `;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { cwd: repositoryRoot, encoding: "utf8", timeout: 60_000 },
    );
    assert.equal(stdout.match(/^E_\w+$/gm)?.join(), "E_DEVICE_LOST,E_DEVICE_LOST", stderr);
    assert.equal(status, 0, stderr);
  });
});

interface Expected {
  cases: {
    right_pad: { input_ids: number[][]; labels: number[][]; loss: number };
    generate: Record<
      string,
      {
        input_ids: number[][];
        attention_mask: number[][] | null;
        args: { max_new_tokens: number; pad_token_id: number };
        sequences: number[][];
      }
    >;
  };
}

interface Run {
  arguments: {
    learning_rate: number;
    warmup_steps: number;
    weight_decay: number;
    max_grad_norm: number;
    max_steps: number;
    per_device_train_batch_size: number;
    gradient_accumulation_steps: number;
  };
  rows: { input_ids: number[]; attention_mask: number[]; labels: number[] }[];
  steps: { loss: number; grad_norm_before_clip: number }[];
}

describe("a model on the WebGPU backend", function () {
  this.timeout(300_000);
  const expected = JSON.parse(
    fs.readFileSync(fixture("models", "llama", "expected.json"), "utf8"),
  ) as Expected;
  let model: LlamaForCausalLM;

  before(async function () {
    await startTestGpu(this);
    model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
  });
  after(async () => {
    (model as LlamaForCausalLM | undefined)?.dispose();
    await leaveTestGpu();
  });

  it("gives the reference's loss and the gradient of every parameter", async () => {
    const { input_ids: inputIds, labels, loss } = expected.cases.right_pad;
    const { value, gradients } = valueAndGradients(() => {
      const { sum, tokens } = model.summedLoss({ inputIds, labels });
      return tf.div(sum, tokens);
    }, model.trainableParameters());
    assertClose(await value.data(), [loss], 5e-6 * loss);
    for (const [key, { values }] of readSafetensorsFile(
      fixture("models", "llama", "expected_grads.safetensors"),
    )) {
      const parameter = key.replace(/^grad\./, "");
      const largest = values.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
      assertClose(await gradients.get(parameter)!.data(), values, 5e-5 * largest + 1e-6, parameter);
    }
    tf.dispose([value, ...gradients.values()]);
  });

  it("generates the reference's tokens from prompts of different lengths", async () => {
    const { input_ids, attention_mask, args, sequences } =
      expected.cases.generate["greedy_left_padded_batch"]!;
    const tokens = await model.generate(input_ids, {
      attentionMask: attention_mask!,
      maxNewTokens: args.max_new_tokens,
      padTokenId: args.pad_token_id,
    });
    assert.deepEqual(tokens, sequences);
  });

  it("trains a LoRA adapter with the losses and gradient norms of the reference run, and saves it", async () => {
    const run = JSON.parse(fs.readFileSync(fixture("train", "llama-lora", "expected.json"), "utf8")) as Run;
    const peft = await PeftModel.fromPretrained(model, fixture("train", "llama-lora", "start_adapter"));
    const trainer = new Trainer({
      model: peft,
      trainDataset: run.rows.map((row) => ({
        inputIds: row.input_ids,
        attentionMask: row.attention_mask,
        labels: row.labels,
      })),
      args: new TrainingArguments({
        perDeviceTrainBatchSize: run.arguments.per_device_train_batch_size,
        gradientAccumulationSteps: run.arguments.gradient_accumulation_steps,
        learningRate: run.arguments.learning_rate,
        lrSchedulerType: "cosine",
        warmupSteps: run.arguments.warmup_steps,
        weightDecay: run.arguments.weight_decay,
        maxGradNorm: run.arguments.max_grad_norm,
        maxSteps: run.arguments.max_steps,
        loggingSteps: 1,
        trainSamplingStrategy: "sequential",
      }),
      // The schedule is that of all steps; three show that they are the same.
      callbacks: [{ onStepEnd: ({ step }, control) => void (control.shouldTrainingStop = step === 3) }],
    });
    await trainer.train();
    assert.equal(trainer.state.logHistory.length, 3);
    trainer.state.logHistory.forEach(({ loss, gradNorm }, index) => {
      const step = run.steps[index]!;
      assertClose(loss, step.loss, 1e-5 * step.loss, `loss of step ${index + 1}`);
      assertClose(gradNorm, step.grad_norm_before_clip, 1e-4 * step.grad_norm_before_clip, "gradient norm");
    });
    const folder = fs.mkdtempSync("/tmp/residency-webgpu-");
    await peft.savePretrained(folder);
    assert.ok(fs.statSync(`${folder}/adapter_model.safetensors`).size > 1000);
    fs.rmSync(folder, { recursive: true });
  });
});

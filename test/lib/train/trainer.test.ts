/** The trainer follows transformers' Trainer step for step, leaks nothing and gives the same losses for the same seed. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { AutoModelForCausalLM, LlamaForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import type { SchedulerType } from "../../../lib/optim/index.ts";
import { PeftModel } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../lib/train/index.ts";
import type { TokenizedRow } from "../../../lib/data/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Run {
  arguments: {
    per_device_train_batch_size: number;
    gradient_accumulation_steps: number;
    learning_rate: number;
    lr_scheduler_type: SchedulerType;
    lr_scheduler_kwargs?: { num_cycles: number };
    warmup_steps: number;
    weight_decay: number;
    max_grad_norm: number;
    max_steps?: number;
    num_train_epochs?: number;
    adam_beta2: number;
    label_smoothing_factor?: number;
  };
  rows: { input_ids: number[]; attention_mask: number[]; labels: number[] }[];
  steps: { lr: number; loss: number; grad_norm_before_clip: number }[];
  final_params: Record<string, { float64_run_max_abs_diff: number; first8: number[] }>;
}

const readRun = (name: string): Run =>
  JSON.parse(fs.readFileSync(fixture("train", name, "expected.json"), "utf8")) as Run;

const rowsOf = (run: Run): TokenizedRow[] =>
  run.rows.map((row) => ({ inputIds: row.input_ids, attentionMask: row.attention_mask, labels: row.labels }));

const scheduleOf = ({ lr_scheduler_type: type, lr_scheduler_kwargs: kwargs }: Run["arguments"]) =>
  type === "cosine_with_restarts" && kwargs
    ? { lrSchedulerType: type, lrSchedulerKwargs: { numCycles: kwargs.num_cycles } }
    : { lrSchedulerType: type };

const trainerFor = (run: Run, model: CausalLanguageModel): Trainer =>
  new Trainer({
    model,
    trainDataset: rowsOf(run),
    args: new TrainingArguments({
      perDeviceTrainBatchSize: run.arguments.per_device_train_batch_size,
      gradientAccumulationSteps: run.arguments.gradient_accumulation_steps,
      learningRate: run.arguments.learning_rate,
      ...scheduleOf(run.arguments),
      warmupSteps: run.arguments.warmup_steps,
      weightDecay: run.arguments.weight_decay,
      maxGradNorm: run.arguments.max_grad_norm,
      maxSteps: run.arguments.max_steps ?? 0,
      numTrainEpochs: run.arguments.num_train_epochs ?? 3,
      adamBeta2: run.arguments.adam_beta2,
      labelSmoothingFactor: run.arguments.label_smoothing_factor ?? 0,
      loggingSteps: 1,
      trainSamplingStrategy: "sequential",
    }),
  });

const loadBase = () => LlamaForCausalLM.fromPretrained(fixture("models", "llama"));

/** The reference runs and the models that they train. */
const runs = {
  "gpt2-full-label-smoothing": "gpt2",
  "gpt2-lora": "gpt2",
  "llama-dora": "llama",
  "llama-full": "llama",
  "llama-lora": "llama",
  "llama-tied-full-epochs": "llama-tied",
  "phi-lora": "phi",
  "qwen2-full-wd": "qwen2",
};

describe("Trainer", () => {
  before(() => setBackend("wasm"));

  for (const [name, modelName] of Object.entries(runs)) {
    it(`gives the losses, gradient norms, learning rates and final weights of the reference run ${name}`, async () => {
      const run = readRun(name);
      const base = await AutoModelForCausalLM.fromPretrained(fixture("models", modelName));
      const model = /-(lora|dora)$/.test(name)
        ? await PeftModel.fromPretrained(base, fixture("train", name, "start_adapter"))
        : base;
      const trainer = trainerFor(run, model);
      await trainer.train();
      assert.equal(trainer.state.logHistory.length, run.steps.length);
      trainer.state.logHistory.forEach(({ loss, gradNorm, learningRate }, index) => {
        const step = run.steps[index]!;
        assertClose(loss, step.loss, 5e-6 * step.loss, `loss of step ${index + 1}`);
        assertClose(gradNorm, step.grad_norm_before_clip, 2e-5 * step.grad_norm_before_clip, "gradient norm");
        assertClose(learningRate, step.lr, 1e-12 * step.lr, "learning rate");
      });
      const parameters = new Map(model.root.namedParameters());
      const stored = fixture("train", name, "final.safetensors");
      // Longer runs keep the first numbers of each parameter instead of all.
      const finals: Iterable<[string, ArrayLike<number>]> = fs.existsSync(stored)
        ? [...readSafetensorsFile(stored)].map(([key, { values }]) => [key, values])
        : Object.entries(run.final_params).map(([key, { first8 }]) => [key, first8]);
      let compared = 0;
      for (const [key, values] of finals) {
        const parameter = parameters.get(key.replace(/^base_model\.model\./, ""));
        assert.ok(parameter, key);
        const noise = run.final_params[key]?.float64_run_max_abs_diff ?? 0;
        const actual = parameter.value.dataSync().subarray(0, values.length);
        assertClose(actual, values, 1e-5 + 4 * noise, key);
        compared++;
      }
      assert.ok(compared >= 6, `${compared} tensors compared`);
      base.dispose();
    });
  }

  it("does not grow in memory from step to step", async () => {
    const model = await loadBase();
    const run = readRun("llama-full");
    const counts: { tensors: number; bytes: number }[] = [];
    const trainer = new Trainer({
      model,
      trainDataset: rowsOf(run),
      args: new TrainingArguments({ maxSteps: 6, gradientAccumulationSteps: 2, perDeviceTrainBatchSize: 2 }),
      callbacks: [
        {
          onStepEnd() {
            const { numTensors, numBytes } = tf.memory();
            counts.push({ tensors: numTensors, bytes: numBytes });
          },
        },
      ],
    });
    await trainer.train();
    assert.equal(counts.length, 6);
    for (const count of counts) assert.deepEqual(count, counts[0]);
    model.dispose();
  });

  it("gives the same losses to the bit for the same seed, and others for another", async () => {
    const losses = async (seed: number): Promise<number[]> => {
      const model = await loadBase();
      const args = new TrainingArguments({
        maxSteps: 4,
        perDeviceTrainBatchSize: 2,
        learningRate: 1e-3,
        loggingSteps: 1,
        seed,
      });
      const trainer = new Trainer({ model, trainDataset: rowsOf(readRun("llama-full")), args });
      await trainer.train();
      model.dispose();
      return trainer.state.logHistory.map(({ loss }) => loss!);
    };
    const first = await losses(3);
    assert.deepEqual(await losses(3), first);
    assert.notDeepEqual(await losses(4), first);
  });

  it("gives the same losses however a batch of eight is split by accumulation", async () => {
    const losses = async (perDeviceTrainBatchSize: number): Promise<number[]> => {
      const model = await loadBase();
      const args = new TrainingArguments({
        maxSteps: 3,
        perDeviceTrainBatchSize,
        gradientAccumulationSteps: 8 / perDeviceTrainBatchSize,
        learningRate: 1e-3,
        loggingSteps: 1,
        trainSamplingStrategy: "sequential",
      });
      const trainer = new Trainer({ model, trainDataset: rowsOf(readRun("llama-full")), args });
      await trainer.train();
      model.dispose();
      return trainer.state.logHistory.map(({ loss }) => loss!);
    };
    const whole = await losses(8);
    assertClose(await losses(4), whole, 1e-6 * 8);
    assertClose(await losses(2), whole, 1e-6 * 8);
  });

  it("changes only what requires a gradient", async () => {
    const base = await loadBase();
    const peft = await PeftModel.fromPretrained(base, fixture("train", "llama-lora", "start_adapter"));
    const frozen = [...peft.root.namedParameters()].filter(([, parameter]) => !parameter.requiresGrad);
    const before = frozen.map(([, parameter]) => parameter.value.dataSync().slice());
    await trainerFor(readRun("llama-lora"), peft).train();
    frozen.forEach(([name, parameter], index) =>
      assert.deepEqual(parameter.value.dataSync(), before[index], name),
    );
    base.dispose();
  });

  it("stops after the present step when a callback asks for it", async () => {
    const model = await loadBase();
    const trainer = new Trainer({
      model,
      trainDataset: rowsOf(readRun("llama-full")),
      args: new TrainingArguments({ maxSteps: 10, perDeviceTrainBatchSize: 2 }),
      callbacks: [{ onStepEnd: (state, control) => void (control.shouldTrainingStop = state.step === 2) }],
    });
    assert.equal((await trainer.train()).globalStep, 2);
    model.dispose();
  });

  it("throws E_NUMERIC and keeps the weights when a loss is not finite", async () => {
    const model = await loadBase();
    model.model.norm.weight.assign(tf.fill([32], Infinity));
    const weights = model.model.embed_tokens.weight.value.dataSync().slice();
    const trainer = trainerFor(readRun("llama-full"), model);
    await assert.rejects(trainer.train(), { code: "E_NUMERIC", message: /after step 0/ });
    assert.deepEqual(model.model.embed_tokens.weight.value.dataSync(), weights);
    model.dispose();
  });

  it("refuses rows without labels, and a model without trainable parameters", async () => {
    const model = await loadBase();
    const args = new TrainingArguments();
    const silent: TokenizedRow[] = [{ inputIds: [1, 2], labels: [1, -100] }];
    assert.throws(() => new Trainer({ model, args, trainDataset: silent }), { code: "E_DATASET" });
    for (const [, parameter] of model.namedParameters()) parameter.requiresGrad = false;
    const rows: TokenizedRow[] = [{ inputIds: [1, 2], labels: [1, 2] }];
    assert.throws(() => new Trainer({ model, args, trainDataset: rows }), { code: "E_CONFIG" });
    model.dispose();
  });
});

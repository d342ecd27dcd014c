/** DPOTrainer beside TRL: real steps, what stands for a reference, and going on from a checkpoint. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  DPOConfig,
  DPOTrainer,
  type DPOLossType,
  type Conversation,
  type DPORow,
  type LogEntry,
} from "../../../lib/train/index.ts";
import type { Progress } from "../../../lib/viz/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Run {
  beta: number;
  lr: number;
  steps: { loss: number; grad_norm_before_clip: number }[];
}

const reference = JSON.parse(fs.readFileSync(fixture("dpo", "expected.json"), "utf8")) as {
  end_to_end: {
    batches: { input_ids: number[][]; attention_mask: number[][]; completion_mask: number[][] }[];
    runs: Record<string, Run>;
  };
};

/** Messages whose contents are token numbers, and the tokenizer that reads them. */
const numbers = {
  encode: (text: string) => text.split(" ").map(Number),
  applyChatTemplate: (messages: Conversation) =>
    messages.flatMap(({ content }) => (content as string).split(" ").map(Number)),
  eosTokenId: 2,
  padTokenId: 0,
};

const rows: DPORow[] = reference.end_to_end.batches.flatMap(
  ({ input_ids, attention_mask, completion_mask }) => {
    const pairs = input_ids.length / 2;
    const part = (row: number, isAnswer: boolean): string =>
      input_ids[row]!.filter(
        (_, t) => attention_mask[row]![t] === 1 && (completion_mask[row]![t] === 1) === isAnswer,
      ).join(" ");
    return Array.from({ length: pairs }, (_, row) => ({
      prompt: [{ role: "user", content: part(row, false) }],
      chosen: [{ role: "assistant", content: part(row, true) }],
      rejected: [{ role: "assistant", content: part(row + pairs, true) }],
    }));
  },
);

const llama = (): Promise<LlamaForCausalLM> => LlamaForCausalLM.fromPretrained(fixture("models", "llama"));

describe("DPOTrainer", () => {
  before(() => setBackend("wasm"));

  for (const [lossType, run] of Object.entries(reference.end_to_end.runs)) {
    it(`makes TRL's steps with the loss ${lossType}`, async () => {
      const [model, refModel] = [await llama(), await llama()];
      const parameters = new Map(refModel.namedParameters());
      for (const [name, { shape, values }] of readSafetensorsFile(
        fixture("dpo", "reference_model.safetensors"),
      )) {
        parameters.get(name)!.assign(tf.tensor(values, [...shape]));
      }
      const trainer = new DPOTrainer({
        ...{ model, refModel, tokenizer: numbers, trainDataset: rows },
        args: new DPOConfig({
          silenceWarnings: ["W_NO_EOS"], // The fixture has answers without an end.
          ...{ beta: run.beta, learningRate: run.lr, lossType: lossType as DPOLossType },
          ...{ maxSteps: run.steps.length, loggingSteps: 1, perDeviceTrainBatchSize: 2 },
          ...{ lrSchedulerType: "constant", trainSamplingStrategy: "sequential", maxGradNorm: 1 },
        }),
      });
      await trainer.train();
      for (const [step, { loss, gradNorm }] of trainer.state.logHistory.entries()) {
        const expected = run.steps[step]!;
        assertClose(loss!, expected.loss, 1e-4 * Math.max(0.1, expected.loss), `loss of step ${step}`);
        assertClose(
          gradNorm!,
          expected.grad_norm_before_clip,
          2e-4 * expected.grad_norm_before_clip,
          `norm of step ${step}`,
        );
      }
      model.dispose();
      refModel.dispose();
    });
  }

  const train = async (
    options: Partial<ConstructorParameters<typeof DPOTrainer>[0]>,
    settings: object = {},
  ): Promise<LogEntry[]> => {
    const model = getPeftModel(
      await llama(),
      new LoraConfig({ r: 4, loraAlpha: 8, targetModules: "all-linear" }),
      { seed: 3 },
    );
    const counts: number[] = [];
    const trainer = new DPOTrainer({
      ...{ model, tokenizer: numbers, trainDataset: rows, ...options },
      callbacks: [{ onStepEnd: () => void counts.push(tf.memory().numTensors) }],
      args: new DPOConfig({
        silenceWarnings: ["W_NO_EOS"],
        ...{
          beta: 0.1,
          learningRate: 5e-3,
          maxSteps: 20,
          loggingSteps: 1,
          perDeviceTrainBatchSize: 2,
          ...settings,
        },
        ...{ lrSchedulerType: "constant", trainSamplingStrategy: "sequential" },
      }),
    });
    await trainer.train();
    assert.equal(new Set(counts.slice(1)).size, 1, `no step leaves a tensor: ${counts.join()}`);
    model.root.dispose();
    return trainer.state.logHistory;
  };

  it("starts at log 2, and raises the margin of an adapter over the model without it", async () => {
    const log = await train({});
    assertClose(log[0]!.loss!, Math.log(2), 1e-6);
    const { metrics } = log.at(-1)!;
    assert.ok(metrics!["rewards/margins"]! > 0.2, JSON.stringify(metrics));
    assert.equal(metrics!["rewards/accuracies"], 1);
  });

  it("gives the same losses with the adapter switched off, with a reference of its own, and with figures made before", async () => {
    const off = await train({});
    const refModel = await llama();
    const losses = (log: LogEntry[]): number[] => log.map(({ loss }) => loss!);
    assertClose(losses(await train({ refModel })), losses(off), 1e-5);
    assertClose(losses(await train({}, { precomputeRefLogProbs: true })), losses(off), 1e-5);
    refModel.dispose();
  });

  it("stops between two batches of a reference that is made beforehand, goes on there, and tells how far it is", async () => {
    const expected = await train({}, { precomputeRefLogProbs: true, maxSteps: 2 });
    const [model, refModel] = [await llama(), await llama()];
    const peft = getPeftModel(model, new LoraConfig({ r: 4, loraAlpha: 8, targetModules: "all-linear" }), {
      seed: 3,
    });
    const told: Progress[] = [];
    const stop = new AbortController();
    let passes = 0;
    const labelLogProbs = refModel.labelLogProbs.bind(refModel);
    refModel.labelLogProbs = (input) => {
      passes += 1;
      if (passes === 3) stop.abort();
      return labelLogProbs(input);
    };
    const now = performance.now.bind(performance);
    // Each look at the clock takes 0.6 seconds more.
    let late = 0;
    performance.now = () => now() + (late += 600);
    try {
      const trainer = new DPOTrainer({
        ...{ model: peft, refModel, tokenizer: numbers, trainDataset: [...rows, ...rows, ...rows] },
        args: new DPOConfig({
          ...{ beta: 0.1, learningRate: 5e-3, maxSteps: 2, loggingSteps: 1, perDeviceTrainBatchSize: 2 },
          ...{
            lrSchedulerType: "constant",
            trainSamplingStrategy: "sequential",
            precomputeRefLogProbs: true,
          },
          ...{ precomputeRefBatchSize: 1, silenceWarnings: ["W_NO_EOS"] },
        }),
        callbacks: [{ onDataPreparation: (progress) => void told.push(progress) }],
      });
      const pairs = trainer.trainDataset.length;
      told.length = 0;
      const error = await trainer.train({ signal: stop.signal }).then(
        () => undefined,
        (thrown: unknown) => thrown as Error & { code: string },
      );
      assert.equal(error?.code, "E_INTERRUPTED");
      assert.match(error.message, new RegExp(`after 3 of ${pairs} pairs`));
      assert.equal(trainer.state.step, 0);
      assert.equal(passes, 3);
      assert.ok(told.every(({ label, total }) => label === "reference log-probabilities" && total === pairs));
      assert.equal(told.at(-1)!.step, 3);
      told.length = 0;
      await trainer.train();
      assert.equal(passes, pairs, "each pair once");
      assert.equal(told[0]!.step > 3, true);
      assert.ok(told[0]!.etaSeconds! > 0);
      assert.equal(told.at(-1)!.step, pairs);
      const losses = trainer.state.logHistory.map(({ loss }) => loss!);
      assertClose(
        losses,
        expected.map(({ loss }) => loss!),
        1e-5,
      );
    } finally {
      performance.now = now;
      peft.root.dispose();
      refModel.dispose();
    }
  });

  it("gives the same losses however pairs are split by accumulation", async () => {
    const whole = await train({}, { maxSteps: 3 });
    const split = await train({}, { maxSteps: 3, perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 2 });
    for (const [step, { loss }] of whole.entries()) assertClose(split[step]!.loss!, loss!, 1e-5);
  });

  it("goes on from a checkpoint against the adapter that the run began with, and against no other", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-dpo-"));
    const outputDir = path.join(folder, "out");
    /** A model whose adapter was trained before: its second matrices are not zero. */
    const begun = async (offset: number) => {
      const config = new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"] });
      const model = getPeftModel(await llama(), config, { seed: 3 });
      for (const [name, parameter] of model.root.namedParameters())
        if (name.includes("lora_B")) parameter.assign(tf.fill([...parameter.shape], offset));
      return model;
    };
    const run = async (offset: number, maxSteps: number, resume: boolean): Promise<LogEntry[]> => {
      const model = await begun(offset);
      const trainer = new DPOTrainer({
        ...{ model, tokenizer: numbers, trainDataset: rows },
        args: new DPOConfig({
          silenceWarnings: ["W_NO_EOS"],
          ...{ maxSteps, outputDir: resume || maxSteps === 2 ? outputDir : path.join(folder, "whole") },
          ...{ loggingSteps: 1, saveSteps: 2, perDeviceTrainBatchSize: 2, learningRate: 5e-3 },
          ...{ lrSchedulerType: "constant", beta: 0.5 },
        }),
      });
      try {
        await trainer.train({ resumeFromCheckpoint: resume });
      } finally {
        model.root.dispose();
      }
      return trainer.state.logHistory;
    };
    try {
      const losses = (log: LogEntry[]): number[] => log.map(({ loss }) => loss!);
      const whole = losses(await run(0.02, 4, false));
      await run(0.02, 2, false);
      assert.deepEqual(losses(await run(0.02, 4, true)), whole);
      await assert.rejects(run(0.03, 6, true), { code: "E_CHECKPOINT", message: /another reference/ });
      // As good as new: this would be measured against the model without its adapter.
      await assert.rejects(run(0, 6, true), { code: "E_CHECKPOINT", message: /another reference/ });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("refuses a model without a reference, and rows that are no pairs", async () => {
    const model = await llama();
    const args = new DPOConfig({ maxSteps: 1 });
    assert.throws(() => new DPOTrainer({ model, tokenizer: numbers, trainDataset: rows, args }), {
      code: "E_CONFIG",
      message: /refModel/,
    });
    const wrong = [{ prompt: "1 2", chosen: "3" }] as unknown as DPORow[];
    assert.throws(
      () => new DPOTrainer({ model, refModel: model, tokenizer: numbers, trainDataset: wrong, args }),
      {
        code: /E_CONFIG|E_DATASET/,
      },
    );
    // @ts-expect-error a row has both answers
    const row: DPORow = { prompt: "1 2", chosen: "3" };
    assert.ok(row);
    model.dispose();
  });
});

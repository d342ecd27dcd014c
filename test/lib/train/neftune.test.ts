/** NEFTune's noise has the bound and the spread of transformers', in training only, and leaves nothing behind. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { packDataset, type TokenizedRow } from "../../../lib/data/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { inputEmbedding } from "../../../lib/nn/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, type TrainingArgumentsOptions } from "../../../lib/train/index.ts";
import { fixture } from "../../support/paths.ts";

const rows: TokenizedRow[] = [12, 30, 17, 22].map((length, row) => {
  const inputIds = Array.from({ length }, (_, at) => 3 + ((7 * at + row) % 80));
  return { inputIds, labels: inputIds.map((id, at) => (at < 5 || at > 10 ? -100 : id)) };
});

const load = (name = "llama") => AutoModelForCausalLM.fromPretrained(fixture("models", name));

type Model = Awaited<ReturnType<typeof load>>;

const trainerOf = (model: Model, options: TrainingArgumentsOptions, trainDataset = rows): Trainer =>
  new Trainer({
    model,
    trainDataset,
    evalDataset: rows,
    args: new TrainingArguments({
      maxSteps: 2,
      perDeviceTrainBatchSize: 2,
      gradientAccumulationSteps: 2,
      learningRate: 1e-3,
      loggingSteps: 1,
      ...options,
    }),
  });

/** Runs a trainer and records the noise that each forward pass adds to the embedding. */
async function noiseOf(
  options: TrainingArgumentsOptions,
): Promise<{ shape: number[]; values: Float32Array }[]> {
  const model = await load();
  const embedding = inputEmbedding(model)!;
  const seen: { shape: number[]; values: Float32Array }[] = [];
  const trainer = new Trainer({
    model,
    trainDataset: rows,
    args: trainerOf(model, options).args,
    callbacks: [
      {
        onTrainBegin() {
          const draw = embedding.noise!;
          embedding.noise = (shape) => {
            const noise = draw(shape);
            seen.push({ shape, values: noise.dataSync().slice() as Float32Array });
            return noise;
          };
        },
      },
    ],
  });
  await trainer.train();
  assert.equal(embedding.noise, undefined);
  model.dispose();
  return seen;
}

describe("neftuneNoiseAlpha", () => {
  before(() => setBackend("wasm"));

  it("adds uniform noise up to alpha / sqrt(T · hidden) to every position of the batch", async () => {
    const alpha = 5;
    const seen = await noiseOf({ neftuneNoiseAlpha: alpha, trainSamplingStrategy: "sequential" });
    assert.deepEqual(
      seen.map(({ shape }) => shape),
      [
        [2, 30, 32],
        [2, 22, 32],
        [2, 30, 32],
        [2, 22, 32],
      ],
    );
    for (const { shape, values } of seen) {
      const bound = alpha / Math.sqrt(shape[1]! * shape[2]!);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(largest <= Math.fround(bound) && largest > 0.99 * bound, `${largest} of ${bound}`);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      assert.ok(Math.abs(mean) < 0.1 * bound, `mean ${mean}`);
      assert.ok(Math.abs(variance / (bound ** 2 / 3) - 1) < 0.1, `variance ${variance}`);
    }
  });

  it("draws new noise for each batch, the same for the same seed and other for another", async () => {
    const valuesOf = async (seed: number) =>
      (await noiseOf({ neftuneNoiseAlpha: 5, seed, trainSamplingStrategy: "sequential" })).map(({ values }) =>
        values.slice(0, 8).join(),
      );
    const first = await valuesOf(1);
    assert.equal(new Set(first).size, first.length);
    assert.deepEqual(await valuesOf(1), first);
    assert.notDeepEqual(await valuesOf(2), first);
  });

  it("changes the training loss, leaves evaluation as it is, and is gone afterwards", async () => {
    const run = async (alpha: number) => {
      const model = await load();
      const trainer = trainerOf(model, { neftuneNoiseAlpha: alpha, evalSteps: 1, learningRate: 1e-12 });
      const before = (await trainer.evaluate()).evalLoss;
      await trainer.train();
      const after = (await trainer.evaluate()).evalLoss;
      const logged = trainer.state.logHistory;
      model.dispose();
      return {
        losses: logged.flatMap(({ loss }) => loss ?? []),
        evalLosses: [before, ...logged.flatMap(({ evalLoss }) => evalLoss ?? []), after],
      };
    };
    const [plain, noisy] = [await run(0), await run(5)];
    assert.ok(Math.abs(plain.losses[0]! - noisy.losses[0]!) > 1e-4);
    // Weights hardly move at this rate, so every evaluation has the loss of the untrained model.
    for (const loss of noisy.evalLosses)
      assert.ok(Math.abs(loss - plain.evalLosses[0]!) < 1e-5, String(loss));
  });

  it("works on gpt2, with adapters and gradient checkpointing, and on packed rows", async () => {
    for (const [name, targetModules] of [
      ["gpt2", ["c_attn"]],
      ["llama", ["q_proj"]],
    ] as const) {
      const model = await load(name);
      const peft = getPeftModel(model, new LoraConfig({ r: 2, targetModules: [...targetModules] as never }));
      const noisy = trainerOf(
        peft as unknown as Model,
        { neftuneNoiseAlpha: 5, gradientCheckpointing: true },
        packDataset(rows, 60),
      );
      await noisy.train();
      assert.ok(noisy.state.logHistory.every(({ loss = 0 }) => Number.isFinite(loss)));
      model.dispose();
    }
  });

  it("is gone when the run fails, and leaks no tensor", async () => {
    const model = await load();
    const trainer = new Trainer({
      model,
      trainDataset: rows,
      args: new TrainingArguments({ maxSteps: 2, neftuneNoiseAlpha: 5 }),
      callbacks: [{ onTrainBegin: () => Promise.reject(new Error("stopped")) }],
    });
    await assert.rejects(trainer.train(), /stopped/);
    assert.equal(inputEmbedding(model)!.noise, undefined);
    const before = tf.memory().numTensors;
    await trainerOf(model, { neftuneNoiseAlpha: 5 }).train();
    const once = tf.memory().numTensors;
    await trainerOf(model, { neftuneNoiseAlpha: 5 }).train();
    assert.deepEqual([once - before, tf.memory().numTensors - once], [once - before, 0]);
    model.dispose();
  });

  it("refuses a negative alpha", () => {
    assert.throws(() => new TrainingArguments({ neftuneNoiseAlpha: -1 }), { code: "E_CONFIG" });
  });
});

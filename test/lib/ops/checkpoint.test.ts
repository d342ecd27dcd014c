/** Gradient checkpointing: the same bits, with dropout too, less memory, no tensor left; and activations freed on the way. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { cpuMemory, resetCpuPeak } from "../../../lib/backends/cpu/index.ts";
import { initializeWeights, LlamaForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import * as ops from "../../../lib/ops/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { SFTConfig, Trainer, TrainingArguments } from "../../../lib/train/index.ts";

const [vocabulary, hidden, length] = [120, 64, 48];

function llama(layers = 3): LlamaForCausalLM {
  const model = new LlamaForCausalLM({
    model_type: "llama",
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: 160,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    max_position_embeddings: 64,
  });
  initializeWeights(model, { seed: 1, layers });
  return model;
}

const lora = (model: LlamaForCausalLM): CausalLanguageModel =>
  getPeftModel(
    model,
    new LoraConfig({
      r: 4,
      loraAlpha: 8,
      loraDropout: 0.3,
      targetModules: ["q_proj", "v_proj", "down_proj"],
    }),
    { seed: 3 },
  );

const rows = Array.from({ length: 6 }, (_, row) => {
  const random = seededRandom(row);
  const inputIds = Array.from({ length: length - row }, () => random.int(vocabulary));
  return { inputIds, labels: inputIds };
});

/** Trains some steps; every bit of what it gives, and the memory that it has taken. */
async function train(
  make: () => CausalLanguageModel,
  gradientCheckpointing: boolean,
): Promise<{
  losses: unknown[];
  norms: unknown[];
  weights: number[][];
  peakBytes: number;
  tensorsLeft: number;
}> {
  const before = tf.memory().numTensors;
  const model = make();
  const args = new TrainingArguments({
    ...{
      maxSteps: 3,
      perDeviceTrainBatchSize: 3,
      loggingSteps: 1,
      learningRate: 1e-2,
      gradientCheckpointing,
    },
  });
  const trainer = new Trainer({ model, args, trainDataset: rows });
  resetCpuPeak();
  const { bytesInUse } = cpuMemory()!;
  await trainer.train();
  const peakBytes = cpuMemory()!.peakBytes - bytesInUse;
  const weights = [...model.root.trainableParameters().values()].map((parameter) =>
    Array.from(parameter.value.dataSync()),
  );
  model.root.dispose();
  const { logHistory } = trainer.state;
  return {
    losses: logHistory.map(({ loss }) => loss),
    norms: logHistory.map(({ gradNorm }) => gradNorm),
    weights,
    peakBytes,
    tensorsLeft: tf.memory().numTensors - before,
  };
}

describe("gradientCheckpointing", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend("wasm"));

  for (const [name, make] of [
    ["all weights", () => llama()],
    ["adapters with dropout", () => lora(llama())],
  ] as const) {
    it(`trains ${name} with the same losses, norms and weights to the bit, in less memory, and leaves nothing behind`, async () => {
      const { peakBytes: plainPeak, ...plain } = await train(make, false);
      const { peakBytes, ...checkpointed } = await train(make, true);
      assert.deepEqual(checkpointed, plain);
      assert.equal(plain.tensorsLeft, 0);
      assert.equal(plain.losses.length, 3);
      assert.ok(peakBytes < plainPeak, `${peakBytes} bytes with, ${plainPeak} without`);
    });
  }

  it("is transformers' option of TrainingArguments and SFTConfig, off when left out", () => {
    assert.equal(new TrainingArguments().gradientCheckpointing, false);
    assert.equal(new SFTConfig({ gradientCheckpointing: true }).gradientCheckpointing, true);
  });

  it("is refused with E_CONFIG by a model none of whose parts can make its activations again", () => {
    const model = llama();
    Reflect.deleteProperty(model, "gradientCheckpointing");
    const args = new TrainingArguments({ gradientCheckpointing: true });
    assert.throws(() => new Trainer({ model, args, trainDataset: rows }), { code: "E_CONFIG" });
    model.dispose();
  });

  it("makes the memory of a training step grow by less than half of a layer's activations a layer", async () => {
    const peaks = new Map<string, number>();
    for (const gradientCheckpointing of [false, true]) {
      for (const layers of [2, 8]) {
        const { peakBytes } = await train(() => lora(llama(layers)), gradientCheckpointing);
        peaks.set(`${gradientCheckpointing} ${layers}`, peakBytes);
      }
    }
    const perLayer = (on: boolean): number => (peaks.get(`${on} 8`)! - peaks.get(`${on} 2`)!) / 6;
    // A layer's input is 3 x 48 rows of 64 numbers; its activations are about twenty times that.
    const input = 3 * length * hidden * 4;
    assert.ok(perLayer(true) < 2 * input + 40_000, `${perLayer(true)} bytes a layer`);
    assert.ok(perLayer(true) < perLayer(false) / 2, `${perLayer(true)} and ${perLayer(false)} bytes a layer`);
  });
});

describe("a backward pass", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend("wasm"));

  it("frees each layer's activations when it is done with it: the peak is that of the forward pass", () => {
    const size = 2 ** 18;
    const peak = (depth: number): number => {
      const x = tf.ones([size]);
      resetCpuPeak();
      const { bytesInUse } = cpuMemory()!;
      const { value, gradients } = ops.differentiate(
        () =>
          tf.tidy(() => {
            let y: tf.Tensor = x;
            for (let i = 0; i < depth; i++) y = ops.gelu(y, { approximate: true });
            return tf.sum(y);
          }),
        [x],
      );
      tf.dispose([value, gradients[0]!, x]);
      return (cpuMemory()!.peakBytes - bytesInUse) / (4 * size);
    };
    // One activation a layer is what the gradient needs; gradients of all layers kept would make it two.
    assert.ok((peak(20) - peak(4)) / 16 <= 1.01, `${(peak(20) - peak(4)) / 16} activations a layer`);
    assert.ok(peak(20) <= 24, `${peak(20)} activations`);
  });

  it("through a block in a block gives the bits of the plain one: each draws its seeds again", () => {
    const x = tf.linspace(-1, 1, 30);
    const constants = { parameters: [], constants: [] };
    const run = (isNested: boolean): { value: Float32Array; gradient: Float32Array; next: number } => {
      const random = seededRandom(1);
      const block = (y: tf.Tensor, of: (z: tf.Tensor) => tf.Tensor): tf.Tensor =>
        isNested ? ops.checkpoint(y, { ...constants, run: of }) : of(y);
      const drop = (y: tf.Tensor): tf.Tensor => {
        const seed = ops.drawSeed(() => random.int(2 ** 31));
        return tf.dropout(y, 0.5, undefined, seed);
      };
      const inner = (y: tf.Tensor): tf.Tensor => ops.gelu(drop(tf.mul(y, 3)), { approximate: false });
      const outer = (y: tf.Tensor): tf.Tensor => drop(block(drop(y), inner));
      const { value, gradients } = ops.differentiate(() => tf.tidy(() => tf.sum(block(x, outer))), [x]);
      const gradient = gradients[0]!.dataSync<"float32">();
      const read = {
        value: value.dataSync<"float32">(),
        gradient,
        next: ops.drawSeed(() => random.int(2 ** 31)),
      };
      tf.dispose([value, gradients[0]!]);
      return read;
    };
    const { numTensors } = tf.memory();
    const plain = run(false);
    assert.ok(plain.gradient.some((slope) => slope !== 0));
    assert.deepEqual(run(true), plain);
    assert.equal(tf.memory().numTensors, numTensors);
    x.dispose();
  });
});

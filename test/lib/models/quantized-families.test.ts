/** Packed weights in every family: the numbers of unpacked ones, through files, adapters and generation. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import {
  AutoModelForCausalLM,
  initializeWeights,
  modelFromConfig,
  quantizedWeights,
  savePretrainedModel,
  type AnyCausalLM,
  type ConfigJson,
} from "../../../lib/models/index.ts";
import { Linear } from "../../../lib/nn/index.ts";
import { unpackWeight } from "../../../lib/ops/index.ts";
import { getPeftModel, LoraConfig, prepareModelForKbitTraining } from "../../../lib/peft/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";
import { readJson } from "./reference.ts";

const families = ["gemma", "gemma2", "gpt2", "gpt2-hub-layout", "llama", "mistral", "phi", "qwen2", "qwen3"];
const inputIds = [[3, 14, 15, 9, 26, 5]];
const nf4 = new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
const ways: [string, BitsAndBytesConfig, number][] = [
  ["nf4", nf4, 0],
  ["int8", new BitsAndBytesConfig({ loadIn8bit: true }), 0],
  [
    "nf4, head and tied embedding too",
    new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4", llmInt8SkipModules: [] }),
    1,
  ],
];

const load = (name: string, quantizationConfig?: BitsAndBytesConfig): Promise<AnyCausalLM> =>
  AutoModelForCausalLM.fromPretrained(
    fixture("models", name),
    quantizationConfig ? { quantizationConfig } : {},
  );

const logitsOf = (model: AnyCausalLM): number[] => {
  const { logits } = model.forward({ inputIds });
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};

/** Gives a plain model the numbers that a quantised one stands for. */
function assignUnpacked(plain: AnyCausalLM, quantized: AnyCausalLM): number {
  const parameters = new Map(plain.namedParameters());
  let count = 0;
  for (const [name, { packed }] of quantized.namedParameters()) {
    if (!packed) continue;
    const parameter = parameters.get(name)!;
    const full = unpackWeight(packed);
    // A Conv1D has its weight the other way round; square ones cannot be told by their shape.
    const isTurned = /\.(c_attn|c_proj|c_fc)\.weight$/.test(name);
    parameter.assign(isTurned ? tf.transpose(full) : full);
    if (isTurned) full.dispose();
    count++;
  }
  return count;
}

describe("quantising every family while loading", () => {
  let folder: string;
  before(() => setBackend("residency-cpu"));
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "quantized-families-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  for (const name of families) {
    for (const [way, config, ofHead] of ways) {
      it(`${name} in ${way} packs every linear layer, gives the logits of the unpacked numbers, and saves and loads the same`, async () => {
        const quantized = await load(name, config);
        const plain = await load(name);
        const linear = [...quantized.namedModules()].filter(([, module]) => module instanceof Linear);
        assert.equal(assignUnpacked(plain, quantized), linear.length - 1 + ofHead);
        const logits = logitsOf(quantized);
        assertClose(logits, logitsOf(plain), 1e-4);
        await savePretrainedModel(quantized, folder);
        const again = await AutoModelForCausalLM.fromPretrained(folder);
        assert.deepEqual(logitsOf(again), logits);
        assert.deepEqual(
          await again.generate(inputIds, { maxNewTokens: 4 }),
          await plain.generate(inputIds, { maxNewTokens: 4 }),
        );
        for (const model of [quantized, plain, again]) model.dispose();
      });
    }

    it(`${name} trains LoRA on all linear layers in nf4 and merges it, with checkpointing and without`, async () => {
      const base = await load(name, nf4);
      const peft = getPeftModel(
        prepareModelForKbitTraining(base),
        new LoraConfig({ r: 2, targetModules: "all-linear" }),
      );
      for (const [key, parameter] of peft.root.trainableParameters()) {
        if (key.includes("lora_B")) parameter.assign(tf.fill([...parameter.shape], 0.01));
      }
      const train = (): Map<string, number[]> => {
        const { value, gradients } = valueAndGradients(
          () => peft.summedLoss({ inputIds, labels: inputIds }).sum,
          peft.root.trainableParameters(),
        );
        const read = new Map([...gradients].map(([key, gradient]) => [key, [...gradient.dataSync()]]));
        tf.dispose([value, ...gradients.values()]);
        return read;
      };
      peft.root.train(true);
      const checkpointed = train();
      prepareModelForKbitTraining(base, { useGradientCheckpointing: false });
      for (const [key, parameter] of peft.root.namedParameters()) {
        parameter.requiresGrad = key.includes("lora_");
      }
      const kept = train();
      assert.equal(checkpointed.size, peft.root.trainableParameters().size);
      for (const [key, gradient] of kept) {
        assert.ok(
          gradient.some((slope) => slope !== 0),
          key,
        );
        const largest = gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
        assertClose(checkpointed.get(key)!, gradient, 1e-4 * largest, key);
      }
      peft.root.train(false);
      const drifts: string[] = [];
      const merged = peft.mergeAndUnload({ onDrift: (drift) => drifts.push(drift.name) });
      assert.equal(drifts.length, checkpointed.size / 2);
      assert.ok(logitsOf(merged).every(Number.isFinite));
      merged.dispose();
    });
  }

  it("bfloat16 gives nearly the same logits in every family but GPT-2, which refuses it by name", async () => {
    for (const name of families) {
      const loading = AutoModelForCausalLM.fromPretrained(fixture("models", name), { dtype: "bfloat16" });
      if (name.startsWith("gpt2")) {
        await assert.rejects(loading, { code: "E_CONFIG", message: /transformer\.h\.0\.attn\.c_attn.*bf16/ });
        continue;
      }
      const half = await loading;
      const plain = await load(name);
      assertClose(logitsOf(half), logitsOf(plain), 0.1, name);
      await savePretrainedModel(half, folder);
      const again = await AutoModelForCausalLM.fromPretrained(folder);
      assertClose(logitsOf(again), logitsOf(half), 1e-4, name);
      for (const model of [half, plain, again]) model.dispose();
    }
  });

  it("nf4 with bfloat16 gives nearly the logits of nf4 in every family, and saves and loads the same", async () => {
    for (const name of families) {
      const plain = await load(name, nf4);
      const both = await AutoModelForCausalLM.fromPretrained(fixture("models", name), {
        quantizationConfig: nf4,
        dtype: "bfloat16",
      });
      assert.ok(both.getMemoryFootprint() < plain.getMemoryFootprint(), name);
      assertClose(logitsOf(both), logitsOf(plain), 0.1, name);
      await savePretrainedModel(both, folder);
      const again = await AutoModelForCausalLM.fromPretrained(folder, { dtype: "bfloat16" });
      assert.equal(again.getMemoryFootprint(), both.getMemoryFootprint(), name);
      assert.deepEqual(logitsOf(again), logitsOf(both), name);
      for (const model of [plain, both, again]) model.dispose();
    }
  });

  it("quantizedWeights() refuses a Conv1D that was not replaced", () => {
    const model = modelFromConfig(readJson("models", "gpt2", "config.json") as ConfigJson);
    initializeWeights(model, { seed: 1, layers: 2 });
    assert.throws(() => quantizedWeights(model, nf4), { code: "E_CONFIG", message: /replaceConv1D/ });
    model.dispose();
  });
});

/** Adapters saved by PEFT give PEFT's logits, losses, gradients and merged weights here, and survive a round trip. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import {
  AutoModelForCausalLM,
  GPT2LMHeadModel,
  LlamaForCausalLM,
  modelFromConfig,
  PhiForCausalLM,
  type AnyCausalLM,
  type ConfigJson,
  type Gemma2ForCausalLM,
  type Qwen3ForCausalLM,
} from "../../../lib/models/index.ts";
import {
  getPeftModel,
  loraParameterCounts,
  LoraConfig,
  PeftModel,
  trainableParametersLine,
  type LinearNames,
} from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface AdapterReference {
  base_logits_with_adapter_disabled_max_diff: number;
  scaling: Record<string, number>;
  print_trainable_parameters: string;
  basic: { input_ids: number[][]; logits: number[][][] };
  right_pad: { loss: number };
  merged: { changed_weights: Record<string, { sum: number; l2: number }> };
}

interface BaseReference {
  cases: {
    basic: { logits: number[][][] };
    right_pad: { input_ids: number[][]; labels: number[][] };
  };
}

const readJson = (...names: string[]): unknown => JSON.parse(fs.readFileSync(fixture(...names), "utf8"));

for (const [adapter, name] of [
  ["llama-rslora", "llama"],
  ["gpt2-lora", "gpt2"],
  ["phi-lora", "phi"],
  ["llama-dora", "llama"],
  ["llama-modules-to-save", "llama"],
  ["mistral-embed-lora", "mistral"],
  ["phi-lora-bias", "phi"],
  ["qwen2-patterns", "qwen2"],
] as const) {
  describe(`PeftModel, the reference adapter ${adapter}`, () => {
    const reference = readJson("lora", adapter, "expected.json") as AdapterReference;
    const { cases: base } = readJson("models", name, "expected.json") as BaseReference;
    let peft: PeftModel<AnyCausalLM>;

    beforeEach(async () => {
      await setBackend("wasm");
      const model = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
      peft = await PeftModel.fromPretrained(model, fixture("lora", adapter));
    });
    afterEach(() => peft.root.dispose());

    const logitsOf = (inputIds: number[][]): number[][][] => {
      const { logits } = peft.forward({ inputIds });
      const values = logits.arraySync();
      logits.dispose();
      return values;
    };

    it("gives the reference's logits with the adapter, and the base model's without", async () => {
      const { input_ids: ids, logits } = reference.basic;
      assertClose(logitsOf(ids), logits, 1e-4);
      const plain = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
      const expected = plain.forward({ inputIds: ids }).logits.arraySync();
      const disabled = await peft.disableAdapter(() => logitsOf(ids));
      const { base_logits_with_adapter_disabled_max_diff: difference } = reference;
      if (difference === 0) assert.deepEqual(disabled, expected, "bit for bit");
      else {
        // Biases that were trained stay, as in PEFT.
        const flat = disabled.flat(2).map((logit, i) => Math.abs(logit - expected.flat(2)[i]!));
        assertClose(Math.max(...flat), difference, 1e-4);
      }
      assertClose(logitsOf(ids), logits, 1e-4, "adapter on again");
      plain.dispose();
    });

    it("turns the adapter on again when the function throws", async () => {
      await assert.rejects(
        peft.disableAdapter(() => {
          throw new Error("inside");
        }),
        /inside/,
      );
      assertClose(logitsOf(reference.basic.input_ids), reference.basic.logits, 1e-4);
    });

    it("has the adapter on again at once after a function that gives no promise", () => {
      const { input_ids: ids, logits } = reference.basic;
      void peft.disableAdapter(() => undefined);
      assertClose(logitsOf(ids), logits, 1e-4);
    });

    it("gives the reference's loss and the gradient of every matrix, and of nothing else", () => {
      const { input_ids: inputIds, labels } = base.right_pad;
      const { value, gradients } = valueAndGradients(() => {
        const { sum, tokens } = peft.summedLoss({ inputIds, labels });
        return tf.div(sum, tokens);
      }, peft.root.trainableParameters());
      assertClose(value.dataSync()[0], reference.right_pad.loss, 2e-6 * reference.right_pad.loss);
      const seen = new Set<string>();
      for (const [key, { values }] of readSafetensorsFile(fixture("lora", adapter, "expected.safetensors"))) {
        if (!key.startsWith("grad.")) continue;
        const parameter = key.replace(/^grad\.base_model\.model\./, "");
        const largest = values.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
        assertClose(gradients.get(parameter)!.dataSync(), values, 2e-5 * largest + 1e-6, parameter);
        seen.add(parameter);
      }
      assert.deepEqual([...gradients.keys()].sort(), [...seen].sort());
      tf.dispose([value, ...gradients.values()]);
    });

    it("prints the line that PEFT prints, scales as PEFT does, and counts the same without values", () => {
      const line = reference.print_trainable_parameters;
      assert.equal(trainableParametersLine(peft.parameterCounts()), line);
      const scaling = Object.entries(reference.scaling).map(([layer, value]) => [
        layer.replace(/^base_model\.model\./, ""),
        value,
      ]);
      assert.deepEqual(Object.fromEntries(peft.scalings()), Object.fromEntries(scaling));
      const plain = modelFromConfig(readJson("models", name, "config.json") as ConfigJson);
      assert.equal(trainableParametersLine(loraParameterCounts(plain, peft.config)), line);
    });

    it("mergeAdapter() gives the same logits, and unmergeAdapter() the weights to the bit", () => {
      const ids = reference.basic.input_ids;
      const weights = (): number[][] =>
        [...peft.root.namedParameters()].map(([, { value }]) => [...value.dataSync()]);
      const before = weights();
      peft.mergeAdapter();
      assertClose(logitsOf(ids), reference.basic.logits, 1e-4);
      peft.unmergeAdapter();
      assert.deepEqual(weights(), before);
      assertClose(logitsOf(ids), reference.basic.logits, 1e-4);
    });

    it("mergeAndUnload() gives the reference's weights and the same logits, and frees the adapter", () => {
      const before = tf.memory().numTensors;
      const model = peft.mergeAndUnload();
      assert.ok(tf.memory().numTensors < before);
      const parameters = new Map(model.namedParameters());
      for (const [parameter, { sum, l2 }] of Object.entries(reference.merged.changed_weights)) {
        const values = parameters.get(parameter)!.value.dataSync<"float32">();
        assertClose(
          values.reduce((total, value) => total + value, 0),
          sum,
          1e-3,
          `sum of ${parameter}`,
        );
        assertClose(Math.hypot(...values), l2, 1e-4, `norm of ${parameter}`);
      }
      assertClose(logitsOf(reference.basic.input_ids), reference.basic.logits, 1e-4);
    });

    it("savePretrained() writes the tensors that PEFT wrote", async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapter-"));
      await peft.savePretrained(folder);
      const read = (file: string): [string, number[]][] =>
        [...readSafetensorsFile(file)]
          .map(([key, { values }]): [string, number[]] => [key, Array.from(values)])
          .sort(([a], [b]) => a.localeCompare(b));
      assert.deepEqual(
        read(path.join(folder, "adapter_model.safetensors")),
        read(fixture("lora", adapter, "adapter_model.safetensors")),
      );
      const written = JSON.parse(fs.readFileSync(path.join(folder, "adapter_config.json"), "utf8")) as Record<
        string,
        unknown
      >;
      const original = readJson("lora", adapter, "adapter_config.json") as Record<string, unknown>;
      const sorted = (value: unknown): unknown =>
        Array.isArray(value) ? [...(value as unknown[])].sort() : value;
      for (const [field, value] of Object.entries(written)) {
        assert.deepEqual(value, sorted(original[field]), field);
      }
      fs.rmSync(folder, { recursive: true });
    });
  });
}

describe("getPeftModel()", () => {
  before(() => setBackend("wasm"));

  it("throws and names the layers that exist when a target matches nothing, and leaves the model as it was", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const names = [...model.namedParameters()].map(([name]) => name);
    // @ts-expect-error a fused projection is no layer of a Llama model
    assert.throws(() => getPeftModel(model, new LoraConfig({ targetModules: ["q_proj", "Wqkv"] })), {
      code: "E_TARGET_MODULES",
      message: /"Wqkv".*down_proj, gate_proj, k_proj, lm_head, o_proj, q_proj, up_proj, v_proj/,
    });
    assert.deepEqual(
      [...model.namedParameters()].map(([name]) => name),
      names,
    );
    model.dispose();
  });

  it("leaves the logits as they are until something is trained", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const ids = [[1, 5, 9, 2]];
    const before = model.forward({ inputIds: ids }).logits.dataSync();
    const peft = getPeftModel(model, new LoraConfig({ r: 4, targetModules: "all-linear" }));
    assertClose(peft.forward({ inputIds: ids }).logits.dataSync(), before, 1e-6);
    peft.root.dispose();
  });

  it("types its targets by the model", () => {
    const names: LinearNames<LlamaForCausalLM>[] = ["q_proj", "gate_proj", "lm_head"];
    const ofGpt2: LinearNames<GPT2LMHeadModel>[] = ["c_attn", "c_proj", "c_fc"];
    const ofPhi: LinearNames<PhiForCausalLM>[] = ["q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"];
    const ofOthers: LinearNames<Gemma2ForCausalLM | Qwen3ForCausalLM>[] = ["o_proj", "down_proj"];
    assert.equal(names.length + ofGpt2.length + ofPhi.length + ofOthers.length, 14);
  });

  it("refuses Wqkv for a Phi model, in types and when it is run, and leaves the model trainable", () => {
    const model = new PhiForCausalLM(readJson("models", "phi", "config.json") as ConfigJson);
    const config = { r: 4, targetModules: ["Wqkv", "fc1", "fc2"] } as const;
    assert.throws(
      // @ts-expect-error the fused projection is of the old remote code; this Phi has q_proj, k_proj and v_proj
      () => getPeftModel(model, new LoraConfig(config)),
      { code: "E_TARGET_MODULES", message: /"Wqkv".*dense, fc1, fc2, k_proj, lm_head, q_proj, v_proj/ },
    );
    assert.ok([...model.namedParameters()].every(([, parameter]) => parameter.requiresGrad));
  });

  it("refuses q_proj for a GPT-2 model, in types and when it is run", () => {
    const model = new GPT2LMHeadModel(readJson("models", "gpt2", "config.json") as ConfigJson);
    // @ts-expect-error GPT-2 has one layer for queries, keys and values
    assert.throws(() => getPeftModel(model, new LoraConfig({ targetModules: ["q_proj"] })), {
      code: "E_TARGET_MODULES",
      message: /its linear layers are c_attn, c_fc, c_proj, lm_head/,
    });
  });
});

describe("LoraConfig", () => {
  for (const [what, options] of Object.entries({
    "r 0": { r: 0 },
    "loraAlpha NaN": { loraAlpha: NaN },
    "loraDropout 1": { loraDropout: 1 },
  })) {
    it(`refuses ${what}`, () => {
      assert.throws(() => new LoraConfig({ targetModules: ["q_proj"], ...options }), { code: "E_CONFIG" });
    });
  }
});

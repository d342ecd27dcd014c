/** Layers that are trained in full beside an adapter. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { Qwen2ForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, loraParameterCounts, LoraConfig, PeftModel } from "../../../lib/peft/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";
import { ids, llama, logitsOf, largest } from "./llama.ts";

describe("modulesToSave", () => {
  before(() => setBackend("wasm"));

  it("trains a copy of a tied head while the embedding stays", async () => {
    const model = await Qwen2ForCausalLM.fromPretrained(fixture("models", "qwen2"));
    const config = new LoraConfig({ r: 2, targetModules: ["q_proj"], modulesToSave: ["lm_head"] });
    const peft = getPeftModel(model, config);
    const { value, gradients } = valueAndGradients(
      () => peft.summedLoss({ inputIds: ids, labels: ids }).sum,
      peft.root.trainableParameters(),
    );
    const names = [...gradients.keys()];
    assert.ok(names.includes("lm_head.modules_to_save.default.weight"));
    assert.ok(!names.some((name) => name.includes("embed_tokens")));
    tf.dispose([value, ...gradients.values()]);
    peft.root.dispose();
  });

  const tied = (): Promise<Qwen2ForCausalLM> => Qwen2ForCausalLM.fromPretrained(fixture("models", "qwen2"));
  const [table, head] = ["base_model.model.model.embed_tokens.weight", "base_model.model.lm_head.weight"];

  for (const modulesToSave of [["lm_head"], ["embed_tokens"], ["lm_head", "embed_tokens"]] as const) {
    it(`trains one copy for both when ${modulesToSave.join(" and ")} is to stay tied, as PEFT does`, async () => {
      const settings = { r: 2, targetModules: ["q_proj"], modulesToSave, ensureWeightTying: true } as const;
      const before = tf.memory().numTensors;
      const [model, plain] = [await tied(), await tied()];
      const peft = getPeftModel(model, new LoraConfig(settings));
      const trained = peft.root.trainableParameters();
      const names = [...trained.keys()].filter((name) => !name.includes("lora_"));
      assert.deepEqual(names, ["model.embed_tokens.modules_to_save.default.weight"]);
      // PEFT 0.21 counts as many: 384 of the matrices and 103 x 48 of the copy.
      assert.deepEqual(
        [peft.parameterCounts(), loraParameterCounts(plain, new LoraConfig<string, string>(settings))].map(
          ({ trainable, all }) => [trainable, all],
        ),
        [
          [5328, 46000],
          [5328, 46000],
        ],
      );
      const state = peft.stateDict();
      assert.ok(state.get(table)?.shape.join() === "103,48" && state.get(table) === state.get(head));
      // The model's own weight is both, and its gradient is the sum of what both get.
      const lossOf = (of: Pick<typeof model, "summedLoss">) => () =>
        of.summedLoss({ inputIds: ids, labels: ids }).sum;
      const own = [...plain.namedParameters()].filter(([name]) => name === "model.embed_tokens.weight");
      const expected = valueAndGradients(lossOf(plain), new Map(own));
      const { value, gradients } = valueAndGradients(lossOf(peft), trained);
      assertClose(
        gradients.get(names[0]!)!.dataSync(),
        [...expected.gradients.get("model.embed_tokens.weight")!.dataSync()],
        1e-5,
      );
      tf.dispose([value, expected.value, ...gradients.values(), ...expected.gradients.values()]);
      const optimized = new Trainer({
        ...{ model: peft, trainDataset: [{ inputIds: ids[0]!, labels: ids[0]! }] },
        args: new TrainingArguments({ maxSteps: 2, learningRate: 0.02, perDeviceTrainBatchSize: 1 }),
      });
      await optimized.train();
      const [logits, input] = [(of: Pick<LlamaForCausalLM, "forward">) => logitsOf(of), plain] as const;
      const after = logits(peft);
      assert.ok(largest(after, logits(input)) > 0.01);

      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-tied-"));
      try {
        await peft.savePretrained(folder);
        const file = path.join(folder, "adapter_config.json");
        const json = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
        assert.deepEqual([json["modules_to_save"], json["ensure_weight_tying"]], [[...modulesToSave], true]);
        const stored = new Map(readSafetensorsFile(path.join(folder, "adapter_model.safetensors")));
        assert.deepEqual(stored.get(head)!.values, stored.get(table)!.values);
        // What PEFT makes of these settings and writes itself.
        fs.writeFileSync(file, JSON.stringify({ ...json, modules_to_save: ["model.embed_tokens"] }));
        const again = await tied();
        assertClose(logits(await PeftModel.fromPretrained(again, folder)), after, 1e-6);
        again.dispose();
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
      const merged = peft.mergeAndUnload();
      assertClose(logits(merged), after, 1e-4);
      const [below, above] = [merged.model.embed_tokens, merged.lm_head] as unknown as { weight: unknown }[];
      assert.equal(above!.weight, below!.weight);
      for (const used of [merged, plain]) used.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it("forgets a tied copy once and gives its memory back", async () => {
    const model = await tied();
    const plain = logitsOf(model);
    const before = tf.memory().numTensors;
    const settings = { r: 2, targetModules: ["q_proj"], modulesToSave: ["lm_head"] } as const;
    const peft = getPeftModel(model, new LoraConfig({ ...settings, ensureWeightTying: true }));
    const unloaded = peft.unload();
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(logitsOf(unloaded), plain);
    model.dispose();
  });

  it("leaves layers alone that are tied to none", async () => {
    const untied = await llama();
    const settings = { r: 2, targetModules: ["q_proj"], modulesToSave: ["lm_head"] } as const;
    const peft = getPeftModel(untied, new LoraConfig({ ...settings, ensureWeightTying: true }));
    assert.deepEqual(
      [...peft.stateDict().keys()].filter((name) => !name.includes("lora_")),
      [head],
    );
    untied.dispose();
  });

  describe("of a head that stays tied to its embedding", () => {
    const folder = fixture("lora", "qwen2-tied-lora");
    const expected = JSON.parse(fs.readFileSync(path.join(folder, "expected.json"), "utf8")) as {
      input_ids: number[][];
      loss: number;
      logits: number[][][];
      summed_gradients: Record<"lora_embedding_A" | "lora_embedding_B", number[]>;
    };
    const own = { inputIds: expected.input_ids };
    const logitsOfOwn = (model: Pick<LlamaForCausalLM, "forward">): number[] => {
      const { logits } = model.forward(own);
      const values = [...logits.dataSync()];
      logits.dispose();
      return values;
    };

    it("are PEFT's in logits and loss, their gradient is the sum of PEFT's two, and files are PEFT's", async () => {
      const before = tf.memory().numTensors;
      const model = await tied();
      const plain = logitsOfOwn(model);
      const peft = await PeftModel.fromPretrained(model, folder);
      assertClose(logitsOfOwn(peft), expected.logits, 2e-4);
      assert.ok(largest(plain, logitsOfOwn(peft)) > 1);
      const trained = peft.root.trainableParameters();
      assert.deepEqual(
        [...trained.keys()],
        ["model.embed_tokens.lora_embedding_A.default", "model.embed_tokens.lora_embedding_B.default"],
      );
      assert.equal(peft.parameterCounts().trainable, 2 * (103 + 48));
      const { value, gradients } = valueAndGradients(() => {
        const { sum, tokens } = peft.summedLoss({ ...own, labels: own.inputIds });
        return tf.div(sum, tokens);
      }, trained);
      assertClose(value.dataSync(), [expected.loss], 1e-5 * expected.loss);
      for (const [name, values] of Object.entries(expected.summed_gradients)) {
        const gradient = gradients.get(`model.embed_tokens.${name}.default`)!.dataSync();
        assertClose(gradient, values, 1e-4 * Math.max(...values.map(Math.abs)), name);
      }
      tf.dispose([value, ...gradients.values()]);

      const target = fs.mkdtempSync(path.join(os.tmpdir(), "residency-tied-lora-"));
      try {
        await peft.savePretrained(target);
        const stored = new Map(readSafetensorsFile(path.join(target, "adapter_model.safetensors")));
        for (const [name, { shape, values }] of readSafetensorsFile(
          path.join(folder, "adapter_model.safetensors"),
        )) {
          assert.deepEqual([stored.get(name)?.shape, stored.get(name)?.values], [shape, values], name);
        }
        const again = await PeftModel.fromPretrained(await tied(), target);
        assertClose(logitsOfOwn(again), expected.logits, 2e-4);
        again.root.dispose();
      } finally {
        fs.rmSync(target, { recursive: true });
      }

      const adapted = logitsOfOwn(peft);
      peft.mergeAdapter();
      assertClose(logitsOfOwn(peft), adapted, 1e-3);
      peft.unmergeAdapter();
      assertClose(logitsOfOwn(peft), adapted, 1e-6);
      const merged = peft.mergeAndUnload();
      assertClose(logitsOfOwn(merged), adapted, 1e-3);
      const [below, above] = [merged.model.embed_tokens, merged.lm_head] as unknown as { weight: unknown }[];
      assert.equal(above!.weight, below!.weight);
      merged.dispose();
      assert.equal(tf.memory().numTensors, before);
    });

    for (const targetModules of [["embed_tokens"], ["lm_head"], ["embed_tokens", "lm_head"]] as const) {
      it(`are one when ${targetModules.join(" and ")} is named, and train as one`, async () => {
        const settings = { r: 2, targetModules, ensureWeightTying: true } as const;
        const [model, plain] = [await tied(), await tied()];
        const peft = getPeftModel(model, new LoraConfig(settings));
        const counts = [
          peft.parameterCounts(),
          loraParameterCounts(plain, new LoraConfig<string, string>(settings)),
        ];
        for (const { trainable } of counts) assert.equal(trainable, 302);
        const start = logitsOfOwn(peft);
        assertClose(start, logitsOfOwn(plain), 1e-6);
        const trainer = new Trainer({
          ...{ model: peft, trainDataset: [{ inputIds: ids[0]!, labels: ids[0]! }] },
          args: new TrainingArguments({ maxSteps: 2, learningRate: 0.02, perDeviceTrainBatchSize: 1 }),
        });
        await trainer.train();
        const state = peft.stateDict();
        const [table, back] = [
          state.get("base_model.model.model.embed_tokens.lora_embedding_A")!,
          state.get("base_model.model.lm_head.lora_B.weight")!,
        ];
        assert.deepEqual(
          [...tf.tidy(() => tf.transpose(back.value).dataSync())],
          [...table.value.dataSync()],
        );
        const after = logitsOfOwn(peft);
        assert.ok(largest(after, start) > 0.01);
        assertClose(logitsOfOwn(peft.mergeAndUnload()), after, 1e-3);
        for (const used of [model, plain]) used.dispose();
      });
    }

    it("are refused from a file in which they are two, and are no part of a weighted sum", async () => {
      const target = fs.mkdtempSync(path.join(os.tmpdir(), "residency-tied-lora-"));
      const model = await tied();
      try {
        const peft = await PeftModel.fromPretrained(model, folder);
        const sum = { adapters: ["default"], weights: [1], adapterName: "sum" };
        assert.throws(() => peft.addWeightedAdapter(sum), { code: "E_CONFIG", message: /tied/ });
        peft.unload();
        fs.cpSync(folder, target, { recursive: true });
        const file = path.join(target, "adapter_model.safetensors");
        const bytes = fs.readFileSync(file);
        bytes[bytes.length - 2]! ^= 1;
        fs.chmodSync(file, 0o644);
        fs.writeFileSync(file, bytes);
        await assert.rejects(PeftModel.fromPretrained(model, target), {
          code: "E_CHECKPOINT",
          message: /lm_head\.lora_[AB].*transposed.*ensure_weight_tying/,
        });
      } finally {
        fs.rmSync(target, { recursive: true });
        model.dispose();
      }
    });
  });
});

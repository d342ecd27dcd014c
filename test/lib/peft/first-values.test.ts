/** First values of adapters: drawn, or a part of the base weight that is taken out of it, which a folder tells of. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig, PeftModel } from "../../../lib/peft/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";
import { llama, logitsOf, stir } from "./llama.ts";

describe("getPeftModel() with other first values", () => {
  before(() => setBackend("wasm"));
  for (const initLoraWeights of ["pissa", "pissa_niter_4", "olora"] as const) {
    it(`"${initLoraWeights}" takes its part out of the base weight, so that the model is unchanged`, async () => {
      const model = await llama();
      const before = logitsOf(model);
      const weight = model.model.layers[0]!.self_attn.q_proj as unknown as { weight: { value: tf.Tensor } };
      const whole = weight.weight.value.dataSync().slice();
      const peft = getPeftModel(
        model,
        new LoraConfig({ r: 4, targetModules: ["q_proj", "down_proj"], initLoraWeights }),
      );
      assertClose(logitsOf(peft), before, 2e-5);
      const left = weight.weight.value.dataSync();
      const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
      // OLoRA takes its part out `scaling` times, which need not make the rest smaller.
      if (initLoraWeights === "olora") assert.notDeepEqual(left, whole);
      else assert.ok(norm(left) < norm(whole), "the base weight lost its largest part");
      assert.ok([...peft.stateDict().values()].every(({ value }) => norm(value.dataSync()) > 0));
      peft.root.dispose();
    });
  }

  it("leaves the model as it was when a later layer cannot begin", async () => {
    const model = await llama();
    const names = [...model.namedParameters()].map(([name, { requiresGrad }]) => `${name} ${requiresGrad}`);
    const before = logitsOf(model);
    // A rank of 33 does not fit down_proj, whose smaller side is 32; q_proj comes before it.
    const config = new LoraConfig({
      ...{ r: 33, targetModules: ["q_proj", "down_proj"], initLoraWeights: "pissa" },
      rankPattern: { q_proj: 2 },
    } as const);
    assert.throws(() => getPeftModel(model, config), { code: "E_CONFIG", message: /smaller rank/ });
    assert.deepEqual(
      [...model.namedParameters()].map(([name, { requiresGrad }]) => `${name} ${requiresGrad}`),
      names,
    );
    assert.deepEqual(logitsOf(model), before);
    model.dispose();
  });

  it("leaves base weights, layers and what is trained as they were when a later weight cannot be decomposed", async () => {
    const model = await llama();
    const last = model.model.layers[1]!.mlp.down_proj as unknown as { weight: { value: tf.Tensor } };
    const broken = last.weight.value.dataSync<"float32">().slice();
    broken[5] = NaN;
    (last.weight as unknown as { assign(value: tf.Tensor): void }).assign(
      tf.tensor(broken, last.weight.value.shape),
    );
    const state = (): (readonly [string, boolean, Float32Array])[] =>
      [...model.namedParameters()].map(([name, { requiresGrad, value }]) => [
        ...([name, requiresGrad] as const),
        value.dataSync<"float32">().slice(),
      ]);
    const before = state();
    const { numTensors } = tf.memory();
    const config = new LoraConfig({ r: 2, targetModules: ["q_proj", "down_proj"], initLoraWeights: "pissa" });
    assert.throws(() => getPeftModel(model, config), { code: "E_NUMERIC" });
    assert.deepEqual(state(), before);
    assert.equal(tf.memory().numTensors, numTensors);
    model.dispose();
  });

  it('"gaussian" draws A with a deviation of 1/r, and the model is unchanged', async () => {
    const model = await llama();
    const before = logitsOf(model);
    const peft = getPeftModel(
      model,
      new LoraConfig({ r: 4, targetModules: "all-linear", initLoraWeights: "gaussian" }),
    );
    assertClose(logitsOf(peft), before, 1e-6);
    const drawn = [...peft.stateDict()]
      .filter(([name]) => name.includes("lora_A"))
      .flatMap(([, p]) => [...p.value.dataSync()]);
    assertClose(Math.hypot(...drawn) / Math.sqrt(drawn.length), 0.25, 0.01);
    peft.root.dispose();
  });
});

describe("an adapter that began as a part of the base weights", () => {
  const { input_ids: inputIds, logits } = JSON.parse(
    fs.readFileSync(fixture("lora", "llama-pissa", "expected.json"), "utf8"),
  ) as { input_ids: number[][]; logits: number[][][] };
  const folder = (name: string): string => fixture("lora", "llama-pissa", name);
  const close = (peft: PeftModel<LlamaForCausalLM>, what: string): void => {
    const output = peft.forward({ inputIds });
    assertClose(output.logits.arraySync(), logits, 2e-4, what);
    output.logits.dispose();
  };
  before(() => setBackend("wasm"));

  it("leaves the model as it was when its folder lacks a tensor", async () => {
    const broken = fs.mkdtempSync(path.join(os.tmpdir(), "pissa-"));
    fs.copyFileSync(
      path.join(folder("trained"), "adapter_config.json"),
      path.join(broken, "adapter_config.json"),
    );
    const weights = "adapter_model.safetensors";
    fs.copyFileSync(fixture("lora", "llama-rslora", weights), path.join(broken, weights));
    const model = await llama();
    const before = logitsOf(model);
    await assert.rejects(PeftModel.fromPretrained(model, broken), { code: "E_CHECKPOINT" });
    assert.deepEqual(logitsOf(model), before);
    model.dispose();
    fs.rmSync(broken, { recursive: true });
  });

  it("is loaded as PEFT loads it: the part is taken out of the base weights again", async () => {
    const peft = await PeftModel.fromPretrained(await llama(), folder("trained"));
    close(peft, "logits");
    peft.root.dispose();
  });

  it("is saved as the plain LoRA that PEFT converts it to, tensor by tensor, and works on the plain base", async () => {
    const peft = await PeftModel.fromPretrained(await llama(), folder("trained"));
    const saved = fs.mkdtempSync(path.join(os.tmpdir(), "pissa-"));
    await peft.savePretrained(saved, { pathInitialModelForWeightConversion: folder("initial") });
    peft.root.dispose();
    const read = (from: string): Map<string, Float32Array> =>
      new Map(
        [...readSafetensorsFile(path.join(from, "adapter_model.safetensors"))].map(([name, { values }]) => [
          name,
          values,
        ]),
      );
    const [ours, theirs] = [read(saved), read(folder("converted"))];
    assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
    for (const [name, values] of theirs) assertClose(ours.get(name), values, 1e-6, name);
    const config = (from: string): Record<string, unknown> => {
      const json = JSON.parse(fs.readFileSync(path.join(from, "adapter_config.json"), "utf8")) as object;
      const { r, lora_alpha, rank_pattern, alpha_pattern, init_lora_weights } = json as Record<
        string,
        unknown
      >;
      return { r, lora_alpha, rank_pattern, alpha_pattern, init_lora_weights };
    };
    assert.deepEqual(config(saved), config(folder("converted")));
    const plain = await PeftModel.fromPretrained(await llama(), saved);
    close(plain, "logits of the plain LoRA");
    plain.root.dispose();
    fs.rmSync(saved, { recursive: true });
  });

  it("is not converted with an initial adapter of another shape, with DoRA, or with rsLoRA's patterns", async () => {
    const model = await llama();
    const convert = async (config: LoraConfig<"q_proj">, code: string, message: RegExp): Promise<void> => {
      const peft = getPeftModel(model, config);
      const options = { pathInitialModelForWeightConversion: folder("initial") };
      await assert.rejects(peft.savePretrained(os.tmpdir(), options), { code, message });
      peft.unload();
    };
    const targetModules = ["q_proj"] as const;
    await convert(new LoraConfig({ r: 3, targetModules }), "E_CHECKPOINT", /before its training/);
    await convert(new LoraConfig({ r: 4, targetModules, useDora: true }), "E_CONFIG", /DoRA/);
    const patterns = { useRslora: true, rankPattern: { q_proj: 2 } } as const;
    await convert(new LoraConfig({ r: 4, targetModules, ...patterns }), "E_CONFIG", /rsLoRA/);
    model.dispose();
  });
});

describe("an adapter that PEFT began in another way", () => {
  before(() => setBackend("wasm"));

  it("is a plain LoRA when that left the base weights alone, and is refused when it did not", async () => {
    const saved = fs.mkdtempSync(path.join(os.tmpdir(), "residency-begun-"));
    const load = async (init: unknown): Promise<PeftModel<LlamaForCausalLM>> => {
      const file = path.join(saved, "adapter_config.json");
      const json = JSON.parse(fs.readFileSync(file, "utf8")) as object;
      fs.writeFileSync(file, JSON.stringify({ ...json, init_lora_weights: init }));
      return PeftModel.fromPretrained(await llama(), saved);
    };
    try {
      const made = getPeftModel(await llama(), new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"] }));
      stir(made, "default", 4);
      await made.savePretrained(saved);
      const expected = logitsOf(made);
      made.root.dispose();
      for (const init of ["eva", "orthogonal"]) {
        const peft = await load(init);
        assert.deepEqual(logitsOf(peft), expected, init);
        assert.equal(peft.config.initLoraWeights, true);
        peft.root.dispose();
      }
      for (const init of ["corda", "loftq", "lora_ga", "mica"]) {
        await assert.rejects(load(init), { code: "E_CHECKPOINT", message: /"init_lora_weights"/ });
      }
    } finally {
      fs.rmSync(saved, { recursive: true });
    }
  });
});

/** Several adapters on one model, first values that come from the base weight, patterns, coverage, and what is refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM, Qwen2ForCausalLM } from "../../../lib/models/index.ts";
import {
  getPeftModel,
  loraParameterCounts,
  LoraConfig,
  PeftModel,
  prepareModelForKbitTraining,
  targetCoverage,
  type CombinationType,
  type PatternKey,
  type SavedNames,
  type TargetNames,
} from "../../../lib/peft/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { startHubServer } from "../../support/hub-server.ts";
import { fixture } from "../../support/paths.ts";

const ids = [[1, 5, 9, 2, 7, 3]];
const llama = (): Promise<LlamaForCausalLM> => LlamaForCausalLM.fromPretrained(fixture("models", "llama"));

const logitsOf = (model: Pick<LlamaForCausalLM, "forward">): number[] => {
  const { logits } = model.forward({ inputIds: ids });
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};

/** Gives the adapter's B values of its own, as training would. */
function stir(peft: PeftModel<LlamaForCausalLM>, adapter: string, seed: number): void {
  const random = seededRandom(seed);
  for (const [name, parameter] of peft.stateDict(adapter)) {
    if (!name.includes("lora_B")) continue;
    const values = Float32Array.from({ length: parameter.size }, () => 0.1 * random.normal());
    parameter.assign(tf.tensor(values, [...parameter.shape]));
  }
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe("PeftModel.fromPretrained() of an adapter over an embedding", () => {
  it("takes the embedding that its file has, which the adapter was trained on, in place of the model's", async () => {
    await setBackend("wasm");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapters-"));
    const [trainedOn, other] = [await llama(), await llama()];
    try {
      const table = new Map(trainedOn.namedParameters()).get("model.embed_tokens.weight")!;
      table.assign(tf.tidy(() => tf.mul(table.value, 1.5)));
      const peft = getPeftModel(trainedOn, new LoraConfig({ r: 2, targetModules: ["embed_tokens"] }));
      await peft.savePretrained(folder);
      const before = logitsOf(other);
      const loaded = await PeftModel.fromPretrained(other, folder);
      assert.ok(largest(before, logitsOf(loaded)) > 0.01);
      assertClose(logitsOf(loaded), logitsOf(peft), 1e-6);
    } finally {
      trainedOn.dispose();
      other.dispose();
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("PeftModel with several adapters", () => {
  before(() => setBackend("wasm"));
  let peft: PeftModel<LlamaForCausalLM>;
  let plain: number[];
  beforeEach(async () => {
    const model = await llama();
    plain = logitsOf(model);
    peft = getPeftModel(model, new LoraConfig({ r: 4, loraAlpha: 8, targetModules: ["q_proj", "v_proj"] }), {
      adapterName: "one",
    });
    peft.addAdapter("two", new LoraConfig({ r: 2, targetModules: ["v_proj", "down_proj"] }));
    stir(peft, "one", 1);
    stir(peft, "two", 2);
  });
  afterEach(() => peft.root.dispose());

  it("applies the active ones, one or more, and trains no other", () => {
    const one = logitsOf(peft);
    assert.ok(largest(one, plain) > 0.01);
    const trained = (): string[] => [...peft.root.trainableParameters().keys()];
    assert.ok(trained().every((name) => name.includes(".one.")));
    peft.setAdapter("two");
    const two = logitsOf(peft);
    assert.ok(largest(two, one) > 0.01);
    assert.ok(trained().length > 0 && trained().every((name) => name.includes(".two.")));
    peft.setAdapter(["one", "two"]);
    const both = logitsOf(peft);
    assert.ok(largest(both, one) > 0.001 && largest(both, two) > 0.001);
    assert.throws(() => peft.setAdapter("three"), { code: "E_CONFIG", message: /there are one, two/ });
    assert.deepEqual(peft.activeAdapters, ["one", "two"]);
  });

  it("deletes one and gives its memory back, and unload() gives the model back as it was", () => {
    const before = tf.memory().numTensors;
    peft.deleteAdapter("two");
    assert.ok(tf.memory().numTensors < before);
    assert.deepEqual([...peft.peftConfig.keys()], ["one"]);
    const model = peft.unload();
    assert.deepEqual(logitsOf(model), plain);
    assert.ok([...model.namedModules()].every(([name]) => !name.includes("lora")));
  });

  it("merges both as they are applied together, and refuses a sum that is not finite", () => {
    peft.setAdapter(["one", "two"]);
    const both = logitsOf(peft);
    const parameter = [...peft.stateDict("two").values()][0]!;
    const values = parameter.value.clone();
    parameter.assign(tf.fill([...parameter.shape], Infinity));
    assert.throws(() => peft.mergeAndUnload({ safeMerge: true }), { code: "E_NUMERIC" });
    parameter.assign(values);
    assertClose(logitsOf(peft), both, 1e-6, "as before");
    const merged = peft.mergeAndUnload();
    assertClose(logitsOf(merged), both, 1e-4);
  });

  it('addWeightedAdapter() with "svd" and no svdRank takes the largest rank, also of a pattern, and pads lower sums', () => {
    const both = ["q_proj", "down_proj"] as const;
    peft.addAdapter(
      "wide",
      new LoraConfig({ r: 2, targetModules: [...both], rankPattern: { down_proj: 7 } }),
    );
    stir(peft, "wide", 4);
    peft.setAdapter(["two", "wide"]);
    const applied = logitsOf(peft);
    peft.addWeightedAdapter({ adapters: ["two", "wide"], weights: [1, 1], adapterName: "sum" });
    peft.setAdapter("sum");
    const shapes = [...peft.stateDict("sum")].map(([name, { shape }]) =>
      name.includes("lora_A") ? shape[0] : shape[1],
    );
    assert.ok(shapes.length > 0 && shapes.every((rank) => rank === 7), String(shapes));
    assert.equal(peft.peftConfig.get("sum")!.r, 7);
    // Of down_proj's sum, of rank 9, the seven largest parts are kept; what the others hold is small in the logits.
    assert.ok(largest(logitsOf(peft), applied) < 0.2 * largest(applied, plain));
  });

  for (const combinationType of ["cat", "svd"] as const) {
    it(`addWeightedAdapter() with "${combinationType}" takes the layers that one adapter alone has, too`, () => {
      peft.setAdapter(["one", "two"]);
      const both = logitsOf(peft);
      peft.addWeightedAdapter({
        ...{ adapters: ["one", "two"], weights: [1, 1], adapterName: "sum", combinationType, svdRank: 6 },
      });
      peft.setAdapter("sum");
      assert.ok(peft.scalings("sum").has("model.layers.0.mlp.down_proj"));
      assertClose(logitsOf(peft), both, 1e-3);
    });

    it(`addWeightedAdapter() with "${combinationType}" gives the weighted sum of both`, () => {
      peft.addAdapter("three", new LoraConfig({ r: 3, targetModules: ["q_proj", "v_proj"] }));
      stir(peft, "three", 3);
      const names = ["one", "three"];
      peft.addWeightedAdapter({
        ...{ adapters: names, weights: [0.5, -2], adapterName: "sum", combinationType, svdRank: 7 },
      });
      const delta = (name: string): number[] => {
        const state = peft.stateDict(name);
        const key = "base_model.model.model.layers.1.self_attn.q_proj";
        const [a, b] = ["A", "B"].map(
          (part) => state.get(`${key}.lora_${part}.weight`)!.value as tf.Tensor2D,
        );
        const scaling = peft.scalings(name).get(key.replace("base_model.model.", ""))!;
        return [...tf.mul(tf.matMul(b!, a!), scaling).dataSync()];
      };
      const [one, three] = names.map(delta) as [number[], number[]];
      assertClose(
        delta("sum"),
        one.map((value, i) => 0.5 * value - 2 * three[i]!),
        1e-5,
      );
      peft.setAdapter("sum");
      assert.ok(largest(logitsOf(peft), plain) > 0.01);
    });
  }

  it("saves each one as a folder of its own, which loads beside another", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapters-"));
    await peft.savePretrained(path.join(folder, "two"), { adapterName: "two" });
    peft.setAdapter("two");
    const two = logitsOf(peft);
    const other = await PeftModel.fromPretrained(await llama(), fixture("lora", "llama-dora"));
    await other.loadAdapter(path.join(folder, "two"));
    other.setAdapter("two");
    assert.deepEqual(logitsOf(other), two);
    await assert.rejects(other.loadAdapter(path.join(folder, "two")), {
      code: "E_CONFIG",
      message: /there is one/,
    });
    other.root.dispose();
    fs.rmSync(folder, { recursive: true });
  });
});

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

describe("PeftModel, the reference's combinations", () => {
  const { input_ids: inputIds, combinations } = JSON.parse(
    fs.readFileSync(fixture("lora", "combined", "expected.json"), "utf8"),
  ) as {
    input_ids: number[][];
    combinations: { type: CombinationType; weights: number[]; logits: number[][][] }[];
  };
  let peft: PeftModel<LlamaForCausalLM>;
  before(async () => {
    await setBackend("wasm");
    peft = await PeftModel.fromPretrained(await llama(), fixture("lora", "combined", "one"), {
      adapterName: "one",
    });
    await peft.loadAdapter(fixture("lora", "combined", "two"));
  });
  after(() => peft.root.dispose());
  for (const { type: combinationType, weights, logits } of combinations) {
    it(`addWeightedAdapter() with "${combinationType}" and the weights ${weights.join(" and ")} gives PEFT's logits`, () => {
      const adapterName = "combined";
      peft.addWeightedAdapter({
        ...{ adapters: ["one", "two"], weights, adapterName, combinationType },
        ...(combinationType === "svd" && { svdRank: 3 }),
      });
      peft.setAdapter(adapterName);
      const output = peft.forward({ inputIds });
      assertClose(output.logits.arraySync(), logits, 1e-4);
      output.logits.dispose();
      peft.deleteAdapter(adapterName);
    });
  }
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

describe("PeftModel.fromPretrained() with an id of the hub", () => {
  it("downloads the adapter's two files, and says what is missing", async () => {
    await setBackend("wasm");
    const names = ["adapter_config.json", "adapter_model.safetensors"];
    const files = Object.fromEntries(
      names.map((name) => [name, fs.readFileSync(fixture("lora", "llama-rslora", name))]),
    );
    const hub = await startHubServer({
      "owner/llama-v1.2": { ...files, "README.md": "" },
      "owner/empty": {},
    });
    const cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "adapter-cache-"));
    try {
      const options = { endpoint: hub.endpoint, token: false, cacheDir } as const;
      const local = await PeftModel.fromPretrained(await llama(), fixture("lora", "llama-rslora"));
      const peft = await PeftModel.fromPretrained(await llama(), "owner/llama-v1.2", options);
      assert.deepEqual(logitsOf(peft), logitsOf(local));
      assert.ok(!hub.requests.some(({ url }) => url.includes("README")));
      await local.loadAdapter("owner/llama-v1.2", options);
      assert.deepEqual([...local.peftConfig.keys()], ["default", "llama-v1-2"]);
      await assert.rejects(local.loadAdapter("owner/empty", options), { code: "E_CHECKPOINT" });
      await assert.rejects(local.loadAdapter("owner/none", options), { code: "E_HUB_NOT_FOUND" });
      local.root.dispose();
      peft.root.dispose();
    } finally {
      await hub.close();
      fs.rmSync(cacheDir, { recursive: true });
    }
  });
});

describe("an adapter of a tied embedding", () => {
  it("is not merged, since the head would change with it", async () => {
    await setBackend("wasm");
    const model = await Qwen2ForCausalLM.fromPretrained(fixture("models", "qwen2"));
    const peft = getPeftModel(model, new LoraConfig({ r: 2, targetModules: ["q_proj", "embed_tokens"] }));
    const before = model.model.layers[0]!.self_attn.q_proj;
    assert.throws(() => peft.mergeAndUnload(), { code: "E_CONFIG", message: /embed_tokens.*lm_head/ });
    assert.equal(model.model.layers[0]!.self_attn.q_proj, before);
    assert.ok([...peft.stateDict().keys()].some((name) => name.includes("lora_embedding_A")));
    peft.root.dispose();
  });
});

describe("DoRA", () => {
  it("trains through a base weight in 4 bits, and its first loss is that of the base model", async () => {
    await setBackend("residency-cpu");
    const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
    const base = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"), { quantizationConfig });
    const before = logitsOf(base);
    const config = new LoraConfig({
      r: 4,
      loraAlpha: 8,
      useDora: true,
      targetModules: ["q_proj", "up_proj"],
    });
    const peft = getPeftModel(prepareModelForKbitTraining(base), config);
    assertClose(logitsOf(peft), before, 1e-4);
    const rows = [{ inputIds: ids[0]!, labels: ids[0]! }];
    const trainer = new Trainer({
      model: peft,
      trainDataset: rows,
      args: new TrainingArguments({ maxSteps: 12, learningRate: 0.02, loggingSteps: 1 }),
    });
    await trainer.train();
    const losses = trainer.state.logHistory.map(({ loss }) => loss!);
    assert.ok(losses.at(-1)! < losses[0]! - 0.5, losses.join());
    peft.root.dispose();
    await setBackend("wasm");
  });
});

describe("LoraConfig's patterns and blocks", () => {
  before(() => setBackend("wasm"));

  it("gives blocks, ranks and alphas by name, leaves excluded layers out, and refuses what matches nothing", async () => {
    const model = await llama();
    const config = new LoraConfig({
      ...{ r: 4, loraAlpha: 4, targetModules: ["q_proj", "v_proj", "up_proj"] },
      ...{ layersToTransform: [0, 2], excludeModules: ["layers.2.mlp.up_proj"] },
      rankPattern: { "^model.layers.0.*v_proj": 2 },
      alphaPattern: { q_proj: 16 },
    } as const);
    const { layers } = targetCoverage(model.root, config);
    assert.deepEqual(
      layers.map(({ name, r }) => `${name.replace("model.layers.", "")} ${r}`),
      [
        "0.self_attn.q_proj 4",
        "0.self_attn.v_proj 2",
        "0.mlp.up_proj 4",
        "2.self_attn.q_proj 4",
        "2.self_attn.v_proj 4",
      ],
    );
    const peft = getPeftModel(model, config);
    assert.equal(peft.scalings().get("model.layers.0.self_attn.q_proj"), 4);
    peft.root.dispose();
    const other = await llama();
    for (const [options, message] of [
      [{ layersToTransform: [7] }, /blocks 7.*0 to 2/],
      [{ rankPattern: { "layers.9.q_proj": 2 } }, /"layers.9.q_proj".*no targeted layer matches/],
      [{ excludeModules: ["Wqkv"] }, /"Wqkv"/],
      [{ modulesToSave: ["score"] }, /"score" in full.*lm_head/],
    ] as const) {
      const wrong = new LoraConfig<"q_proj">({ targetModules: ["q_proj"], ...(options as object) });
      assert.throws(() => getPeftModel(other, wrong), { code: "E_TARGET_MODULES", message });
    }
    other.dispose();
  });

  it("reports which linear layers an adapter reaches", async () => {
    const model = await llama();
    const { targets, unmatched, uncovered, share, adapterParameters } = targetCoverage(
      model.root,
      new LoraConfig<string>({ r: 2, targetModules: ["q_proj", "Wqkv"] }),
    );
    assert.deepEqual(
      targets.map(({ target, layers }) => [target, layers.length]),
      [
        ["q_proj", 3],
        ["Wqkv", 0],
      ],
    );
    assert.deepEqual(unmatched, ["Wqkv"]);
    assert.ok(uncovered.includes("lm_head") && !uncovered.some((name) => name.endsWith("q_proj")));
    assert.ok(share > 0 && share < 0.5);
    assert.equal(adapterParameters, 3 * 2 * (32 + 64));
    model.dispose();
  });

  it("types targets, patterns and modules to save by the model", () => {
    const targets: TargetNames<Qwen2ForCausalLM>[] = ["q_proj", "embed_tokens"];
    const saved: SavedNames<Qwen2ForCausalLM>[] = ["lm_head", "embed_tokens", "norm"];
    const key: PatternKey<"q_proj"> = "layers.1.self_attn.q_proj";
    // @ts-expect-error no layer of that name
    const wrong: SavedNames<Qwen2ForCausalLM> = "score";
    assert.equal(targets.length + saved.length + key.length + wrong.length, 5 + 25 + 5);
  });
});

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

/** Adapters of embeddings and of the hub, DoRA, the patterns of a config, coverage, and what is refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM, Qwen2ForCausalLM } from "../../../lib/models/index.ts";
import {
  getPeftModel,
  LoraConfig,
  PeftModel,
  prepareModelForKbitTraining,
  targetCoverage,
  type PatternKey,
  type SavedNames,
  type TargetNames,
} from "../../../lib/peft/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { startHubServer } from "../../support/hub-server.ts";
import { fixture } from "../../support/paths.ts";
import { ids, llama, logitsOf, largest } from "./llama.ts";

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

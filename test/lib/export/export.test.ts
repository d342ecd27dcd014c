/** Exports of whole folders: GGUF files of every family, an adapter merged in, and what is refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportGguf, exportSafetensors } from "../../../lib/export/index.ts";
import {
  encodeSafetensors,
  llamaCppTensor,
  llamaCppValues,
  type TensorToStore,
} from "../../../lib/formats/index.ts";
import { readCheckpoint, type StoredTensor } from "../../../lib/hub/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { PeftModel } from "../../../lib/peft/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../support/closeness.ts";
import { readGguf } from "../../support/gguf-file.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

const intern = path.join(repositoryRoot, "assets/intern");
const tokenizer = fixture("tokenizers", "bytelevel-gpt2", "tokenizer.json");

/** Shapes of each family's parameters, hidden size 32 and two layers: what its checkpoints hold. */
const families: Record<
  string,
  { config: object; outer: [string, number[]][]; layer: [string, number[]][]; prefix: string }
> = {
  mistral: {
    config: { intermediate_size: 64, num_key_value_heads: 2, rms_norm_eps: 1e-5, sliding_window: 6 },
    outer: [
      ["model.embed_tokens.weight", [640, 32]],
      ["model.norm.weight", [32]],
      ["lm_head.weight", [640, 32]],
    ],
    layer: [
      ["input_layernorm.weight", [32]],
      ["self_attn.q_proj.weight", [32, 32]],
      ["self_attn.k_proj.weight", [16, 32]],
      ["mlp.down_proj.weight", [32, 64]],
    ],
    prefix: "model.layers.",
  },
  qwen2: {
    config: { intermediate_size: 64, num_key_value_heads: 2, rms_norm_eps: 1e-6, tie_word_embeddings: true },
    outer: [
      ["model.embed_tokens.weight", [640, 32]],
      ["model.norm.weight", [32]],
    ],
    layer: [
      ["self_attn.q_proj.weight", [32, 32]],
      ["self_attn.q_proj.bias", [32]],
    ],
    prefix: "model.layers.",
  },
  gpt2: {
    config: { n_inner: null, activation_function: "gelu_new" },
    outer: [
      ["transformer.wte.weight", [640, 32]],
      ["transformer.wpe.weight", [64, 32]],
      ["transformer.ln_f.weight", [32]],
    ],
    layer: [
      ["attn.c_attn.weight", [32, 96]],
      ["attn.c_attn.bias", [96]],
      ["mlp.c_proj.weight", [128, 32]],
    ],
    prefix: "transformer.h.",
  },
  phi: {
    config: {
      intermediate_size: 128,
      hidden_act: "gelu_new",
      partial_rotary_factor: 0.5,
      layer_norm_eps: 1e-5,
    },
    outer: [
      ["model.embed_tokens.weight", [640, 32]],
      ["model.final_layernorm.weight", [32]],
      ["lm_head.weight", [640, 32]],
      ["lm_head.bias", [640]],
    ],
    layer: [
      ["self_attn.dense.weight", [32, 32]],
      ["mlp.fc1.weight", [128, 32]],
    ],
    prefix: "model.layers.",
  },
};

describe("exportGguf", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "residency-export-"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function writeModel(modelType: string): string {
    const { config, outer, layer, prefix } = families[modelType]!;
    const random = seededRandom(2);
    const tensors: Record<string, TensorToStore> = {};
    const shapes = [
      ...outer,
      ...[0, 1].flatMap((n) => layer.map(([name, shape]) => [`${prefix}${n}.${name}`, shape] as const)),
    ];
    for (const [name, shape] of shapes) {
      const length = shape.reduce((size, extent) => size * extent, 1);
      tensors[name] = { shape, values: Float32Array.from({ length }, () => random.normal()) };
    }
    const model = path.join(folder, modelType);
    fs.mkdirSync(model, { recursive: true });
    fs.writeFileSync(path.join(model, "model.safetensors"), encodeSafetensors(tensors));
    fs.copyFileSync(tokenizer, path.join(model, "tokenizer.json"));
    const sizes = {
      hidden_size: 32,
      num_attention_heads: 4,
      num_hidden_layers: 2,
      vocab_size: 640,
      max_position_embeddings: 64,
    };
    fs.writeFileSync(
      path.join(model, "config.json"),
      JSON.stringify({ model_type: modelType, ...sizes, ...config }),
    );
    return model;
  }

  for (const modelType of Object.keys(families) as ("mistral" | "qwen2" | "gpt2" | "phi")[]) {
    it(`gives every value back under llama.cpp's name when the model is a ${modelType}`, async () => {
      const model = writeModel(modelType);
      const file = path.join(folder, `${modelType}.gguf`);
      await exportGguf({ model, file, type: "F32" });
      const written = readGguf(file);
      const naming = {
        modelType,
        heads: 4,
        keyValueHeads: 2,
        tied: modelType === "qwen2" || modelType === "gpt2",
      };
      let compared = 0;
      for (const [parameter, { shape, values }] of readCheckpoint(model)) {
        const { name, layout } = llamaCppTensor(parameter, naming)!;
        assert.deepEqual(written.values(name), llamaCppValues(values, shape, layout), name);
        compared++;
      }
      assert.equal(written.tensors.size, compared);
    });
  }

  it("adds Llama 3's factors, and rounds to half precision, when a sharded Llama is exported", async () => {
    const model = path.join(folder, "llama");
    fs.cpSync(fixture("models", "llama"), model, { recursive: true });
    const small = JSON.parse(fs.readFileSync(tokenizer, "utf8")) as {
      model: { vocab: Record<string, number>; merges: unknown[] };
    };
    small.model.vocab = Object.fromEntries(Object.entries(small.model.vocab).filter(([, id]) => id < 101));
    small.model.merges = [];
    fs.writeFileSync(path.join(model, "tokenizer.json"), JSON.stringify(small));
    const file = path.join(folder, "llama.gguf");
    const { tensors, bytes } = await exportGguf({ model, file });
    assert.equal(bytes, fs.statSync(file).size);
    assert.deepEqual(tensors, { F16: 23, F32: 8 });
    const written = readGguf(file);
    assert.deepEqual(written.tensors.get("rope_freqs.weight")?.shape, [8]);
    const stored = new Map<string, StoredTensor>(readCheckpoint(model));
    assertClose(written.values("output.weight"), stored.get("lm_head.weight")!.values, 1e-3);
  });

  it("merges the adapter first when there is one, and exportSafetensors gives the same weights", async () => {
    const adapter = path.join(folder, "adapter");
    const model = await AutoModelForCausalLM.fromPretrained(intern);
    const { LoraConfig, getPeftModel } = await import("../../../lib/peft/index.ts");
    const peft = getPeftModel(model, new LoraConfig({ r: 2, loraAlpha: 64, targetModules: ["v_proj"] }), {
      seed: 1,
    });
    const random = seededRandom(5);
    for (const [name, parameter] of model.namedParameters()) {
      if (!name.includes("lora_B")) continue;
      const tf = await import("@tensorflow/tfjs-core");
      const [rows = 1, columns = 1] = parameter.shape;
      parameter.assign(
        tf.tensor2d(
          Float32Array.from({ length: rows * columns }, () => random.normal()),
          [rows, columns],
        ),
      );
    }
    await peft.savePretrained(adapter);
    model.dispose();
    const merged = await exportSafetensors({ model: intern, adapter, folder: path.join(folder, "merged") });
    assert.deepEqual(merged.files, [
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
      "generation_config.json",
    ]);
    const file = path.join(folder, "merged.gguf");
    await exportGguf({ model: intern, adapter, file, type: "F32" });
    const written = readGguf(file);
    const [plain, changed] = [intern, merged.folder].map(
      (from) => new Map<string, StoredTensor>(readCheckpoint(from)),
    );
    const name = "model.layers.1.self_attn.v_proj.weight";
    assert.deepEqual(written.values("blk.1.attn_v.weight"), changed!.get(name)!.values);
    const difference = changed!.get(name)!.values.map((value, i) => value - plain!.get(name)!.values[i]!);
    assert.ok(Math.max(...difference.map(Math.abs)) > 0.01);
    const reloaded = await AutoModelForCausalLM.fromPretrained(merged.folder);
    const base = await AutoModelForCausalLM.fromPretrained(intern);
    const adapted = await PeftModel.fromPretrained(base, adapter);
    const input = { inputIds: [[5, 17, 300, 9]] };
    const [a, b] = [reloaded.forward(input).logits, adapted.forward(input).logits];
    assertClose(a.dataSync(), b.dataSync(), 1e-3);
    for (const tensor of [a, b]) tensor.dispose();
    reloaded.dispose();
    base.dispose();
  });

  it("is refused, and leaves the old file, when a layer is missing or a weight is too large", async () => {
    const model = writeModel("phi");
    const file = path.join(folder, "kept.gguf");
    fs.writeFileSync(file, "old");
    const tensors = Object.fromEntries(
      [...readCheckpoint(model)].map(([name, { shape, values }]) => [name, { shape, values }]),
    );
    const rewrite = (changed: Record<string, TensorToStore>): void => {
      fs.writeFileSync(path.join(model, "model.safetensors"), encodeSafetensors(changed));
    };
    const { "model.layers.1.mlp.fc1.weight": gone, ...rest } = tensors;
    rewrite(rest);
    await assert.rejects(exportGguf({ model, file }), {
      code: "E_CHECKPOINT",
      message: /layer 1 are missing/,
    });
    rewrite({ ...rest, "model.layers.1.mlp.fc1.weight": { ...gone!, values: gone!.values.map(() => 1e6) } });
    await assert.rejects(exportGguf({ model, file }), { code: "E_NUMERIC" });
    assert.equal(fs.readFileSync(file, "utf8"), "old");
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });
});

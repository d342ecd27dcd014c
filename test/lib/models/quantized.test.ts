/** Models in 4 and 8 bits: the reference's logits, the reference's file to the byte, and never the whole in full. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { encodeSafetensors } from "../../../lib/formats/index.ts";
import { readCheckpoint, readSafetensorsFile } from "../../../lib/hub/index.ts";
import {
  LlamaForCausalLM,
  loadStateDict,
  modelFromConfig,
  quantizedWeights,
  savePretrainedModel,
  type FromPretrainedOptions,
} from "../../../lib/models/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Expected {
  basic: { input_ids: number[][]; logits: number[][][] };
  right_pad_loss: number;
}

const readJson = (...names: string[]): unknown => JSON.parse(fs.readFileSync(fixture(...names), "utf8"));
const expected = readJson("models", "llama-bnb-nf4", "expected.json") as Expected;
const { cases } = readJson("models", "llama", "expected.json") as {
  cases: { right_pad: { input_ids: number[][]; labels: number[][] } };
};
const nf4 = new BitsAndBytesConfig({
  loadIn4bit: true,
  bnb4bitQuantType: "nf4",
  bnb4bitUseDoubleQuant: true,
});

const logitsOf = (model: LlamaForCausalLM, inputIds: number[][]): number[] => {
  const { logits } = model.forward({ inputIds });
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};

/** The tensors of a folder's file, as text that can be compared. */
const contentOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    [...readSafetensorsFile(path.join(folder, "model.safetensors"))]
      .map(([name, { dtype, shape, bytes }]): [string, string] => [
        name,
        `${dtype} ${shape.join("x")} ${Buffer.from(bytes).toString("base64")}`,
      ])
      .sort(([a], [b]) => a.localeCompare(b)),
  );

for (const backend of ["residency-cpu", "wasm"] as const) {
  describe(`the reference checkpoint llama-bnb-nf4 on ${backend}`, () => {
    let model: LlamaForCausalLM;
    before(async () => {
      await setBackend(backend);
      model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
    });
    after(() => {
      model.dispose();
    });

    it("gives the reference's logits and loss", () => {
      assertClose(logitsOf(model, expected.basic.input_ids), expected.basic.logits, 1e-4);
      const { input_ids: inputIds, labels } = cases.right_pad;
      const { sum, tokens } = model.summedLoss({ inputIds, labels });
      assertClose(sum.dataSync()[0]! / tokens, expected.right_pad_loss, 2e-6 * expected.right_pad_loss);
      sum.dispose();
    });

    it("holds its linear layers in 4.13 bits a weight", () => {
      const packed = [...model.namedParameters()].filter(([, parameter]) => parameter.packed);
      const elements = packed.reduce((sum, [, parameter]) => sum + parameter.size, 0);
      const bytes = packed.reduce((sum, [, parameter]) => sum + parameter.byteSize, 0);
      assert.equal(packed.length, 21);
      assert.ok((8 * bytes) / elements < 4.2, `${(8 * bytes) / elements} bits`);
      assert.ok(model.lm_head.getMemoryFootprint() === 4 * 101 * 32);
    });
  });
}

describe("quantising while loading", () => {
  before(() => setBackend("residency-cpu"));

  it("and saving gives the file that transformers and bitsandbytes wrote, as does loading and saving that file", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "quantized-"));
    const reference = contentOf(fixture("models", "llama-bnb-nf4"));
    for (const [source, options] of [
      ["llama", { quantizationConfig: nf4 }],
      ["llama-bnb-nf4", {}],
    ] as const) {
      const model = await LlamaForCausalLM.fromPretrained(fixture("models", source), options);
      await savePretrainedModel(model, folder);
      model.dispose();
      assert.deepEqual(contentOf(folder), reference, source);
      const { quantization_config: written } = JSON.parse(
        fs.readFileSync(path.join(folder, "config.json"), "utf8"),
      ) as Record<string, unknown>;
      const { quantization_config: original } = readJson("models", "llama-bnb-nf4", "config.json") as Record<
        string,
        unknown
      >;
      assert.deepEqual(written, original);
    }
    fs.rmSync(folder, { recursive: true });
  });

  it("holds no more than one tensor in full, and gives everything back", () => {
    const config = {
      model_type: "llama",
      vocab_size: 64,
      hidden_size: 128,
      intermediate_size: 256,
      num_hidden_layers: 4,
      num_attention_heads: 4,
    };
    const start = tf.memory().numBytes;
    const model = modelFromConfig(config);
    const largest = 4 * 128 * 256;
    let peak = 0;
    const drawn = [...model.namedParameters()].map(([name, { shape }]): [string, readonly number[]] => [
      name,
      shape,
    ]);
    function* tensors(): Generator<[string, { shape: readonly number[]; values: Float32Array }]> {
      for (const [name, shape] of drawn) {
        const size = shape.reduce((product, extent) => product * extent, 1);
        yield [name, { shape, values: Float32Array.from({ length: size }, (_, i) => Math.sin(i)) }];
        peak = Math.max(peak, tf.memory().numBytes - start);
      }
    }
    loadStateDict(model, tensors(), quantizedWeights(model, nf4));
    const full = drawn.reduce((sum, [, shape]) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    const held = tf.memory().numBytes - start;
    assert.ok(peak <= held + largest, `${peak} bytes at most, ${held} in the end`);
    assert.ok(held < full / 4, `${held} of ${full} bytes`);
    model.dispose();
    assert.equal(tf.memory().numBytes, start);
  });

  it("with llmInt8SkipModules [] packs a tied head and its embedding", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-tied"), {
      quantizationConfig: new BitsAndBytesConfig({ loadIn8bit: true, llmInt8SkipModules: [] }),
    });
    const plain = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-tied"));
    assert.equal(model.model.embed_tokens.weight.packed?.format, "int8");
    const input = { inputIds: [[5, 9, 2, 44]], labels: [[5, 9, 2, 44]] };
    const [own, full] = [model, plain].map((one) => one.summedLoss(input).sum.dataSync()[0]!);
    assert.ok(Math.abs(own! / full! - 1) < 0.03, `${own} and ${full}`);
    assert.ok(model.getMemoryFootprint() < 0.3 * plain.getMemoryFootprint());
    model.dispose();
    plain.dispose();
  });

  it("in 8 bits survives a round trip in bitsandbytes' names", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "quantized-"));
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"), {
      quantizationConfig: new BitsAndBytesConfig({ loadIn8bit: true }),
    });
    await savePretrainedModel(model, folder);
    assert.ok(Object.keys(contentOf(folder)).includes("model.layers.0.mlp.up_proj.SCB"));
    const again = await LlamaForCausalLM.fromPretrained(folder);
    assert.deepEqual(logitsOf(again, [[1, 2, 3]]), logitsOf(model, [[1, 2, 3]]));
    again.dispose();
    model.dispose();
    fs.rmSync(folder, { recursive: true });
  });

  it("refuses to quantise what is quantised, and a weight with a part missing", async () => {
    await assert.rejects(
      LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"), { quantizationConfig: nf4 }),
      { code: "E_CONFIG", message: /is quantised/ },
    );
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "quantized-"));
    const tensors = Object.fromEntries(
      [...readCheckpoint(fixture("models", "llama-bnb-nf4"))]
        .filter(([name]) => name !== "model.layers.1.mlp.up_proj.weight.absmax")
        .map(([name, { shape, dtype, bytes }]) => [name, { shape, dtype, bytes }]),
    );
    fs.writeFileSync(path.join(folder, "model.safetensors"), encodeSafetensors(tensors));
    fs.copyFileSync(fixture("models", "llama-bnb-nf4", "config.json"), path.join(folder, "config.json"));
    await assert.rejects(LlamaForCausalLM.fromPretrained(folder), {
      code: "E_CHECKPOINT",
      message: /layers\.1\.mlp\.up_proj\.weight.*absmax/,
    });
    fs.rmSync(folder, { recursive: true });
  });
});

describe("fromPretrained() with a 16-bit dtype", () => {
  before(() => setBackend("residency-cpu"));

  it("holds what quantisation leaves in that type: the embedding and the head, tied or not", async () => {
    const load = (source: string, options: FromPretrainedOptions): Promise<LlamaForCausalLM> =>
      LlamaForCausalLM.fromPretrained(fixture("models", source), { quantizationConfig: nf4, ...options });
    for (const [source, tables] of [
      ["llama", 2],
      ["llama-tied", 1],
    ] as const) {
      const plain = await load(source, {});
      for (const [dtype, format, tolerance] of [
        ["bfloat16", "bf16", 0.06],
        ["float16", "f16", 0.01],
      ] as const) {
        const both = await load(source, { dtype });
        assert.equal(both.model.embed_tokens.weight.packed?.format, format);
        assert.equal(both.lm_head.plain?.weight.packed?.format, format);
        assert.equal(both.model.layers[0]!.mlp.up_proj.plain?.weight.packed?.format, "nf4");
        const { size } = both.model.embed_tokens.weight;
        assert.equal(plain.getMemoryFootprint() - both.getMemoryFootprint(), 2 * tables * size);
        const inputIds = [[5, 9, 2, 44, 81, 3]];
        assertClose(logitsOf(both, inputIds), logitsOf(plain, inputIds), tolerance, `${source} in ${dtype}`);
        both.dispose();
      }
      plain.dispose();
    }
  });

  it("holds a checkpoint that is quantised as one that is quantised while it is loaded", async () => {
    const models = await Promise.all([
      LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"), { dtype: "float16" }),
      LlamaForCausalLM.fromPretrained(fixture("models", "llama"), {
        quantizationConfig: nf4,
        dtype: "float16",
      }),
    ]);
    const [stored, packed] = models.map((model) => logitsOf(model, [[1, 2, 3]]));
    assert.deepEqual(stored, packed);
    assert.equal(models[0].getMemoryFootprint(), models[1].getMemoryFootprint());
    assert.equal(models[0].lm_head.plain?.weight.packed?.format, "f16");
    for (const model of models) model.dispose();
  });

  it("quantises a head that quantisation is told to take, and the tied embedding with it", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-tied"), {
      quantizationConfig: new BitsAndBytesConfig({ loadIn8bit: true, llmInt8SkipModules: [] }),
      dtype: "bfloat16",
    });
    assert.equal(model.model.embed_tokens.weight.packed?.format, "int8");
    model.dispose();
  });

  it("holds linear layers and embeddings in half the memory and computes the same from a checkpoint in that type", async () => {
    const half = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-tied"), {
      dtype: "float16",
    });
    const full = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-tied"));
    assert.ok(half.getMemoryFootprint() < 0.51 * full.getMemoryFootprint());
    assertClose(logitsOf(half, [[5, 9, 2]]), logitsOf(full, [[5, 9, 2]]), 1e-5);
    const greedy = { maxNewTokens: 6 };
    assert.deepEqual(await half.generate([[5, 9]], greedy), await full.generate([[5, 9]], greedy));
    half.dispose();
    full.dispose();
  });
});

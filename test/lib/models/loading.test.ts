/** Loading keeps no more than one tensor beside the model, refuses what does not fit by name, and undoes saving. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { encodeSafetensors, type TensorToStore } from "../../../lib/formats/index.ts";
import {
  AutoModelForCausalLM,
  initializeWeights,
  LlamaForCausalLM,
  modelFromConfig,
  PhiForCausalLM,
  savePretrainedModel,
  stateDict,
  type AnyCausalLM,
  type ConfigJson,
  parseQwen2Config,
} from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { fixture } from "../../support/paths.ts";
import { readJson } from "./reference.ts";

const families = ["gpt2", "llama", "mistral", "phi", "qwen2", "qwen3", "gemma", "gemma2"];
const configOf = (name: string): ConfigJson => readJson("models", name, "config.json") as ConfigJson;

/** The process that loads a folder and prints the bytes that it needed beyond those of the model. */
const loader = `
  const { readFileSync } = await import("node:fs");
  const [models, tensor, folder, backend] = process.argv.slice(1);
  const { AutoModelForCausalLM } = await import(models);
  const { setBackend } = await import(tensor);
  await setBackend(backend);
  const before = process.memoryUsage().rss;
  const model = await AutoModelForCausalLM.fromPretrained(folder);
  // The largest resident memory of this program; what resourceUsage() gives counts that of the process that started it.
  const peak = 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  let bytes = 0;
  for (const [, parameter] of model.namedParameters()) bytes += 4 * parameter.size;
  console.log(JSON.stringify({ beside: peak - before - bytes, bytes }));
  process.exit(0);
`;

/** Writes a model of bf16 zeros as a file with holes, which takes no time and no disk. */
function writeSparseCheckpoint(folder: string, config: ConfigJson): number {
  const header: Record<string, unknown> = {};
  let end = 0;
  let largest = 0;
  for (const [name, { shape, size }] of modelFromConfig(config).namedParameters()) {
    header[name] = { dtype: "BF16", shape, data_offsets: [end, end + 2 * size] };
    end += 2 * size;
    largest = Math.max(largest, 4 * size);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = path.join(folder, "model.safetensors");
  fs.writeFileSync(file, Buffer.concat([length, json]));
  fs.truncateSync(file, 8 + json.length + end);
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  return largest;
}

describe("AutoModelForCausalLM.fromPretrained()", () => {
  let folder: string;
  before(() => setBackend("wasm"));
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "model-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  for (const backend of ["wasm", "residency-cpu"]) {
    it(`needs the model and about one tensor of memory on ${backend}`, function () {
      if (process.platform !== "linux") {
        console.log("      skipped: resident memory is compared on Linux only");
        this.skip();
      }
      const largest = writeSparseCheckpoint(folder, {
        model_type: "llama",
        vocab_size: 8192,
        hidden_size: 1024,
        intermediate_size: 2816,
        num_hidden_layers: 8,
        num_attention_heads: 16,
        tie_word_embeddings: true,
      });
      const modules = ["models", "tensor"].map(
        (name) => new URL(`../../../lib/${name}/index.js`, import.meta.url).href,
      );
      const output = execFileSync(
        process.execPath,
        ["--input-type=module", "-e", loader, ...modules, folder, backend],
        { encoding: "utf8" },
      );
      const { beside, bytes } = JSON.parse(output) as { beside: number; bytes: number };
      assert.ok(bytes > 400 * 2 ** 20, `${bytes} bytes of model`);
      assert.ok(
        beside < largest + 32 * 2 ** 20,
        `${beside} bytes beside the model, the largest tensor has ${largest}`,
      );
    });
  }

  for (const name of families) {
    for (const dtype of ["F32", "BF16"] as const) {
      it(`reads what savePretrainedModel() wrote of ${name} in ${dtype}`, async () => {
        const model = modelFromConfig(configOf(name));
        initializeWeights(model, { seed: 3, layers: 2 });
        await savePretrainedModel(model, folder, { dtype });
        const again = await AutoModelForCausalLM.fromPretrained(folder);
        const values = new Map(again.namedParameters());
        for (const [key, parameter] of model.namedParameters()) {
          const [a, b] = [parameter, values.get(key)!].map(({ value }) => value.dataSync<"float32">());
          const tolerance = dtype === "F32" ? 0 : 2 ** -8;
          a!.forEach((number, i) => {
            assert.ok(Math.abs(number - b![i]!) <= tolerance * Math.abs(number), `${key}[${i}]`);
          });
        }
        model.dispose();
        again.dispose();
      });
    }
  }

  it("parseQwen2Config() gives every layer a window when max_window_layers is 0", () => {
    const sizes = { vocab_size: 64, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2 };
    const heads = { num_attention_heads: 2, num_key_value_heads: 1 };
    const windows = { use_sliding_window: true, sliding_window: 4, max_window_layers: 0 };
    assert.deepEqual(parseQwen2Config({ ...sizes, ...heads, ...windows }).slidingWindows, [4, 4]);
  });

  it("initializeWeights() leaves norms neutral in every family", () => {
    for (const name of families) {
      const model = modelFromConfig(configOf(name));
      initializeWeights(model, { seed: 3, layers: 2 });
      const { logits, hiddenStates } = model.forward({ inputIds: [[3, 4, 5, 6]], outputHiddenStates: true });
      const last = hiddenStates!.at(-1)!;
      // Behind a neutral norm the mean square of a vector is 1.
      const meanSquare = tf.tidy(() => tf.mean(tf.square(last)).dataSync()[0]!);
      assert.ok(Math.abs(meanSquare - 1) < 0.05, `${name}: ${meanSquare}`);
      tf.dispose([logits, ...hiddenStates!]);
      model.dispose();
    }
  });

  /** Writes GPT-2's fixture after a change to its tensors or its config. */
  const writeChanged = async (
    change: (tensors: Awaited<ReturnType<typeof stateDict>>) => unknown,
    config: ConfigJson = {},
  ): Promise<void> => {
    const model: AnyCausalLM = modelFromConfig(configOf("gpt2"));
    initializeWeights(model, { seed: 1, layers: 3 });
    const tensors = await stateDict(model);
    change(tensors);
    model.dispose();
    fs.writeFileSync(path.join(folder, "model.safetensors"), encodeSafetensors(tensors));
    fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...configOf("gpt2"), ...config }));
  };
  const empty = (shape: number[]): TensorToStore => ({
    shape,
    values: new Float32Array(shape.reduce((size, extent) => size * extent, 1)),
  });

  const broken: [string, () => Promise<void>, RegExp][] = [
    [
      "a missing tensor",
      () => writeChanged((tensors) => delete tensors["transformer.h.1.mlp.c_fc.bias"]),
      /it lacks transformer\.h\.1\.mlp\.c_fc\.bias/,
    ],
    [
      "an unknown tensor",
      () => writeChanged((tensors) => (tensors["transformer.h.1.attn.rotary.weight"] = empty([2]))),
      /does not know: transformer\.h\.1\.attn\.rotary\.weight/,
    ],
    [
      "a Conv1D stored as a Linear",
      () => writeChanged((tensors) => (tensors["transformer.h.0.attn.c_attn.weight"] = empty([96, 32]))),
      /c_attn\.weight has the shape \[96, 32\], and the config needs \[32, 96\]/,
    ],
    [
      "an architecture without a language-modelling head",
      () => writeChanged(() => undefined, { architectures: ["GPT2ForSequenceClassification"] }),
      /GPT2ForSequenceClassification: known are .*GPT2LMHeadModel/,
    ],
    [
      "an unknown model_type",
      () => writeChanged(() => undefined, { architectures: null, model_type: "rwkv" }),
      /"rwkv"/,
    ],
    [
      "cross-attention",
      () => writeChanged(() => undefined, { add_cross_attention: true }),
      /add_cross_attention/,
    ],
    [
      "an unknown activation",
      () => writeChanged(() => undefined, { activation_function: "relu" }),
      /gelu_new/,
    ],
    ["heads that do not fit", () => writeChanged(() => undefined, { n_head: 5 }), /"n_head" is 5/],
  ];
  for (const [what, write, message] of broken) {
    it(`refuses ${what}`, async () => {
      await write();
      const { numTensors } = tf.memory();
      await assert.rejects(AutoModelForCausalLM.fromPretrained(folder), { code: "E_CHECKPOINT", message });
      assert.equal(tf.memory().numTensors, numTensors, "what was loaded is given back");
    });
  }

  it("of a family refuses the folder of another, and is typed by its own", async () => {
    await assert.rejects(LlamaForCausalLM.fromPretrained(fixture("models", "phi")), {
      code: "E_CHECKPOINT",
      message: /as LlamaForCausalLM: its model_type is "phi", and must be "llama"/,
    });
    const phi: PhiForCausalLM = await PhiForCausalLM.fromPretrained(fixture("models", "phi"));
    assert.deepEqual(phi.model.layers[0]!.mlp.fc1.outFeatures, 96);
    phi.dispose();
  });

  it("reads architectures where a config has no model_type", () => {
    const config = { ...configOf("qwen3"), model_type: undefined };
    assert.equal(modelFromConfig(config).constructor.name, "Qwen3ForCausalLM");
  });

  it("gives a model that refuses positions and tokens that it has not", async () => {
    const model = await AutoModelForCausalLM.fromPretrained(fixture("models", "gpt2"));
    const refused: [Parameters<AnyCausalLM["forward"]>[0], RegExp][] = [
      [{ inputIds: [[1, 97]] }, /token 97.*0 to 96/],
      [{ inputIds: [[1, 2], [3]] }, /rows of one length/],
      [{ inputIds: [[1, 2]], positionIds: [[63, 64]] }, /position 64.*0 to 63/],
      [{ inputIds: [[1, 2]], positionIds: [[0]] }, /1 or 1 rows of 2/],
      [{ inputIds: [[1, 2]], positionIds: [[0, 1.5]] }, /position 1.5/],
    ];
    for (const [input, message] of refused) {
      assert.throws(() => model.forward(input), { code: "E_SHAPE", message });
    }
    model.dispose();
  });
});

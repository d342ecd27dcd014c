/** Parameters counted from config.json: those that the reference implementations make, to the last one. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  countLoraParameters,
  countParameters,
  parameterBytes,
  readArchitecture,
  type ConfigSource,
} from "../../../lib/memory/index.ts";
import { modelFromConfig } from "../../../lib/models/index.ts";
import { fixture } from "../../support/paths.ts";

interface Counted {
  config: Record<string, unknown>;
  total: number;
  totalUntied?: number;
  linear: number;
  lora?: { r: number; targetModules: string[]; trainable: number; all: number }[];
  nf4?: { plain: number; double: number; reportedNumel: number };
}

const { models } = JSON.parse(fs.readFileSync(fixture("memory/counts.json"), "utf8")) as {
  models: Record<string, Counted>;
};
const tiny = JSON.parse(fs.readFileSync(fixture("memory/names.json"), "utf8")) as Record<
  string,
  { config: Record<string, unknown>; parameters: Record<string, number[]> }
>;

describe("readArchitecture()", () => {
  for (const [name, { config, total, linear }] of Object.entries(models)) {
    it(`counts ${total.toLocaleString("en")} parameters when given the config of ${name}`, () => {
      const architecture = readArchitecture(config);
      assert.equal(countParameters(architecture), total);
      assert.equal(
        countParameters(architecture, ({ kind }) => kind === "linear"),
        linear,
      );
    });
  }

  it("counts 108,310,272 parameters when given the config of bert-base-cased", () => {
    const bert = readArchitecture({
      model_type: "bert",
      vocab_size: 28996,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
    });
    assert.equal(countParameters(bert), 108_310_272);
  });

  it("counts the head of mT5 when it is not tied, and its LoRA gives the talk's line", () => {
    const large = models["bigscience/mt0-large"]!;
    const mt0 = readArchitecture({ ...large.config, tie_word_embeddings: false });
    const trained = countLoraParameters(mt0, { r: 8, targetModules: ["q", "v"] });
    const all = countParameters(mt0) + trained;
    assert.equal(countParameters(mt0), large.totalUntied);
    assert.deepEqual([trained, all], [2_359_296, 1_231_940_608]);
    assert.equal((100 * trained) / all, 0.19151053100118282);
  });

  for (const [name, { config, parameters }] of Object.entries(tiny)) {
    if (name === "provenance") continue;
    it(`names every parameter and its shape as transformers saves them when given the tiny ${name}`, () => {
      const own = readArchitecture(config).parameters.map((one) => [one.name, one.shape] as const);
      assert.deepEqual(Object.fromEntries(own), parameters);
    });
  }

  for (const [name, config] of [
    ["a Llama", tiny["llama"]!.config],
    ["a Phi with norms of queries and keys", { ...tiny["phi"]!.config, qk_layernorm: true }],
  ] as const) {
    it(`agrees with the modules of this library when given ${name}`, () => {
      const model = modelFromConfig(config);
      const modules = [...model.namedParameters()].map(([path, { shape }]) => [path, shape] as const);
      const own = readArchitecture(model).parameters.map((one) => [one.name, one.shape] as const);
      assert.deepEqual(Object.fromEntries(own), Object.fromEntries(modules));
    });
  }

  it("says which field is wrong when a config cannot be read", () => {
    const refuses = (config: ConfigSource, message: RegExp): void => {
      assert.throws(() => readArchitecture(config), { code: "E_CHECKPOINT", message });
    };
    refuses({ model_type: "mamba" }, /type "mamba".*gpt2, llama/s);
    refuses({}, /type ""/);
    refuses({ model_type: "constructor" }, /constructor/);
    refuses({ model_type: "gpt2", n_embd: 0 }, /"n_embd" is 0, and must be a whole number/);
    refuses({ model_type: "gpt2", n_embd: 8 }, /"n_head" is missing/);
    refuses(
      { ...models["microsoft/phi-2"]!.config, tie_word_embeddings: "no" },
      /"tie_word_embeddings" is "no"/,
    );
    refuses([] as unknown as ConfigSource, /a list/);
    refuses(null as unknown as ConfigSource, /null/);
  });
});

describe("countLoraParameters()", () => {
  for (const [name, { config, total, lora = [] }] of Object.entries(models)) {
    for (const { r, targetModules, trainable, all } of lora) {
      // PEFT passes over a name that matches nothing; the old Phi's fused projection is one.
      if (targetModules.includes("Wqkv")) continue;
      it(`gives PEFT's ${trainable.toLocaleString("en")} for ${name} when r is ${r} on ${targetModules.join(", ")}`, () => {
        const architecture = readArchitecture(config);
        const counted = countLoraParameters(architecture, { r, targetModules });
        assert.deepEqual([counted, counted + total], [trainable, all]);
      });
    }
  }

  it("names the linear layers that exist when a target matches none", () => {
    const phi2 = readArchitecture(models["microsoft/phi-2"]!.config);
    assert.throws(() => countLoraParameters(phi2, { r: 4, targetModules: ["Wqkv", "fc1", "fc2"] }), {
      code: "E_TARGET_MODULES",
      message: /"Wqkv".*dense, fc1, fc2, k_proj, q_proj, v_proj/,
    });
    assert.throws(() => countLoraParameters(phi2, { r: 4, targetModules: [] }), { code: "E_TARGET_MODULES" });
  });

  it("leaves the head out when every linear layer is meant", () => {
    const llama = readArchitecture(models["meta-llama/Meta-Llama-3-8B"]!.config);
    assert.equal(countLoraParameters(llama, { r: 16, targetModules: "all-linear" }), 41_943_040);
  });
});

describe("parameterBytes()", () => {
  for (const [name, { config, nf4, total, linear }] of Object.entries(models)) {
    if (!nf4) continue;
    it(`adds up to what bitsandbytes stores when ${name} is packed to NF4`, () => {
      const { parameters } = readArchitecture(config);
      const stored = (doubleQuant: boolean): number =>
        parameters.reduce(
          (sum, one) => sum + parameterBytes(one, { dtype: "float16", quantType: "nf4", doubleQuant }),
          0,
        );
      assert.equal(stored(false), nf4.plain);
      // A matrix whose scales do not fill a block of 256 has a block of its own: at most 4 bytes a matrix more.
      const matrices = parameters.filter(({ kind }) => kind === "linear").length;
      assert.ok(stored(true) >= nf4.double && stored(true) <= nf4.double + 4 * matrices);
      assert.equal(nf4.reportedNumel, total - linear / 2);
    });
  }
});

/** Parameter counts of published models, and what LoRA adds to them, come out to the last digit without any values. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { modelOutline, parameterCount, type ConfigJson } from "../../../lib/models/index.ts";
import { LoraConfig, loraParameterCounts, trainableParametersLine } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { readJson } from "./reference.ts";

interface PublishedModel {
  name: string;
  config: ConfigJson;
  total: number;
  /** Targets, and the line that PEFT prints. */
  lora: { r: number; target_modules: string[]; print: string }[];
}

describe("parameterCount()", () => {
  before(() => setBackend("wasm"));

  for (const { name, config, total, lora } of readJson(
    "parameter-counts",
    "expected.json",
  ) as PublishedModel[]) {
    it(`gives ${total.toLocaleString("en-US")} for ${name}, and PEFT's lines for ${lora.length} LoRA configs`, () => {
      const { numTensors } = tf.memory();
      assert.equal(parameterCount(config), total);
      const outline = modelOutline(config);
      for (const { r, target_modules: targetModules, print } of lora) {
        const counts = loraParameterCounts(outline, new LoraConfig({ r, targetModules }));
        assert.equal(trainableParametersLine(counts), print);
      }
      assert.equal(tf.memory().numTensors, numTensors, "nothing takes memory");
    });
  }

  it("gives the share of mt0-large that PEFT's introduction shows, to the last digit", () => {
    const mt0 = modelOutline({
      model_type: "mt5",
      vocab_size: 250112,
      d_model: 1024,
      d_kv: 64,
      d_ff: 2816,
      num_layers: 24,
      num_heads: 16,
      tie_word_embeddings: false,
    });
    const { trainable, all } = loraParameterCounts(mt0, new LoraConfig({ r: 8, targetModules: ["q", "v"] }));
    assert.deepEqual([trainable, all], [2359296, 1231940608]);
    assert.equal((100 * trainable) / all, 0.19151053100118282);
  });

  it("names the parameters of T5 as its checkpoints do", () => {
    const config = {
      model_type: "t5",
      vocab_size: 32128,
      d_model: 512,
      d_ff: 2048,
      num_layers: 6,
      num_heads: 8,
    };
    const names = [...modelOutline(config).namedParameters()].map(([name]) => name);
    assert.equal(parameterCount(config), 60506624, "t5-small");
    for (const name of [
      "shared.weight",
      "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
      "encoder.block.5.layer.1.DenseReluDense.wi.weight",
      "decoder.block.3.layer.1.EncDecAttention.q.weight",
      "decoder.block.5.layer.2.layer_norm.weight",
      "decoder.final_layer_norm.weight",
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes("lm_head.weight"), "tied");
  });

  it("refuses what it does not know, and names what it does", () => {
    assert.throws(() => parameterCount({ model_type: "mamba", architectures: ["MambaForCausalLM"] }), {
      code: "E_CHECKPOINT",
      message: /MambaForCausalLM.*known are gemma, gemma2, gpt2, llama, .*bert, t5, mt5, opt/,
    });
    assert.throws(() => parameterCount({ model_type: "bert" }), {
      code: "E_CHECKPOINT",
      message: /"hidden_size" is missing/,
    });
  });
});

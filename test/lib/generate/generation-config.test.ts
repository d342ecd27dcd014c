/** GenerationConfig reads and writes generation_config.json and refuses what the library does not do. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { GenerationConfig } from "../../../lib/generate/index.ts";
import {
  AutoModelForCausalLM,
  readGenerationConfig,
  savePretrainedModel,
} from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { fixture } from "../../support/paths.ts";

/** The settings that are given, without the class. */
const entries = (config: GenerationConfig): object => Object.fromEntries(Object.entries(config));

describe("GenerationConfig", () => {
  it("reads what Llama 3 ships and leaves out what concerns other programs", () => {
    const config = GenerationConfig.fromJson({
      bos_token_id: 128000,
      do_sample: true,
      eos_token_id: [128001, 128008, 128009],
      temperature: 0.6,
      top_p: 0.9,
      top_k: null,
      cache_implementation: "static",
      transformers_version: "4.42.3",
    });
    assert.deepEqual(entries(config), {
      doSample: true,
      eosTokenId: [128001, 128008, 128009],
      temperature: 0.6,
      topP: 0.9,
    });
  });

  it("writes the names of transformers", () => {
    const config = new GenerationConfig({ maxNewTokens: 64, doSample: true, topP: 0.9, seed: 1 } as object);
    assert.deepEqual(config.toJson(), { do_sample: true, max_new_tokens: 64, top_p: 0.9 });
    assert.deepEqual(entries(GenerationConfig.fromJson(config.toJson())), entries(config));
  });

  it("refuses values outside their range, and ways of generating that do not exist here", () => {
    assert.throws(() => new GenerationConfig({ doSample: true, temperature: 0 }), { code: "E_CONFIG" });
    assert.throws(() => GenerationConfig.fromJson({ top_p: "0.9" }), /topP "0.9": it must be in \(0, 1\]/);
    assert.throws(() => GenerationConfig.fromJson({ num_beam_groups: 2 }), /"num_beam_groups" is 2/);
    assert.doesNotThrow(() => GenerationConfig.fromJson({ num_beam_groups: 1, guidance_scale: null }));
  });

  it("comes with a model folder and goes with a saved one", async () => {
    await setBackend("wasm");
    assert.equal(readGenerationConfig(fixture("models/llama"))?.eosTokenId, 2);
    const model = await AutoModelForCausalLM.fromPretrained(fixture("models/llama"));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "generation-config-"));
    try {
      model.generationConfig = new GenerationConfig({ topK: 7, doSample: true });
      await savePretrainedModel(model, folder);
      assert.deepEqual(entries(readGenerationConfig(folder)!), { topK: 7, doSample: true });
      assert.equal(readGenerationConfig(os.tmpdir()), undefined);
    } finally {
      model.dispose();
      fs.rmSync(folder, { recursive: true });
    }
  });
});

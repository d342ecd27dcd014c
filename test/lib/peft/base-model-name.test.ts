/** What a saved adapter says it belongs to. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { AutoModelForCausalLM, LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig, PeftModel, type SaveAdapterOptions } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { fixture } from "../../support/paths.ts";

describe("the base model of a saved adapter", () => {
  const origin = fixture("models", "llama");
  let folder: string;
  before(() => setBackend("wasm"));
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-base-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const settings = { r: 2, targetModules: ["q_proj"] } as const;

  /** The name in the adapter_config.json of an adapter that is saved. */
  async function savedName(
    peft: Pick<PeftModel<LlamaForCausalLM>, "savePretrained">,
    options: SaveAdapterOptions = {},
  ): Promise<unknown> {
    await peft.savePretrained(folder, options);
    const text = fs.readFileSync(path.join(folder, "adapter_config.json"), "utf8");
    return (JSON.parse(text) as Record<string, unknown>)["base_model_name_or_path"];
  }

  it("is what the model was loaded from, by its own class or by any", async () => {
    const any = await AutoModelForCausalLM.fromPretrained(origin);
    const model = await LlamaForCausalLM.fromPretrained(origin);
    assert.deepEqual([any.nameOrPath, model.nameOrPath], [origin, origin]);
    const peft = getPeftModel(model, new LoraConfig(settings));
    assert.equal(peft.nameOrPath, origin);
    assert.equal(peft.config.baseModelNameOrPath, origin);
    assert.equal(await savedName(peft), origin);
    for (const used of [any, model]) used.dispose();
  });

  it("is what the config or the caller names, the caller first", async () => {
    const model = await LlamaForCausalLM.fromPretrained(origin);
    const peft = getPeftModel(model, new LoraConfig({ ...settings, baseModelNameOrPath: "owner/base" }));
    assert.equal(await savedName(peft), "owner/base");
    assert.equal(await savedName(peft, { baseModel: "owner/other" }), "owner/other");
    assert.equal(await savedName(peft, { baseModel: null }), null);
    model.dispose();
  });

  it("stays what it was when an adapter is loaded, and is the model's own where it was none", async () => {
    const first = await LlamaForCausalLM.fromPretrained(origin);
    await getPeftModel(first, new LoraConfig(settings)).savePretrained(folder, { baseModel: "owner/base" });
    const model = await LlamaForCausalLM.fromPretrained(origin);
    assert.equal(await savedName(await PeftModel.fromPretrained(model, folder)), "owner/base");
    const file = path.join(folder, "adapter_config.json");
    const json = JSON.parse(fs.readFileSync(file, "utf8")) as object;
    fs.writeFileSync(file, JSON.stringify({ ...json, base_model_name_or_path: null }));
    const other = await LlamaForCausalLM.fromPretrained(origin);
    assert.equal(await savedName(await PeftModel.fromPretrained(other, folder)), origin);
    for (const used of [first, model, other]) used.dispose();
  });

  it("is none for a model that was made of a config", () => {
    const json = JSON.parse(fs.readFileSync(path.join(origin, "config.json"), "utf8")) as Record<
      string,
      unknown
    >;
    const model = new LlamaForCausalLM(json);
    assert.equal(model.nameOrPath, "");
    assert.equal(getPeftModel(model, new LoraConfig(settings)).config.baseModelNameOrPath, null);
    model.dispose();
    // @ts-expect-error only what loads a model says where it came from
    const write = (given: LlamaForCausalLM): string => (given.nameOrPath = "elsewhere");
    assert.ok(write);
  });
});

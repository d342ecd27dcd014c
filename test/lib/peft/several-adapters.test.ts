/** Several adapters on one model: switched, added up, saved, loaded, and combined as by PEFT. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig, PeftModel, type CombinationType } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";
import { llama, logitsOf, stir, largest } from "./llama.ts";

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

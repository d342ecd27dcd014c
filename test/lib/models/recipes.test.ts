/** Models whose weights anybody can make again from a formula give the reference's logits, losses and greedy tokens. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { modelFromConfig, type AnyCausalLM, type ConfigJson } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { readJson } from "./reference.ts";

interface Recipe {
  config: ConfigJson;
  param_names_sorted: [name: string, shape: number[]][];
  input_ids: number[];
  loss: number;
  logits_last_first8_f64: number[];
  logits_pos0_first8_f64: number[];
  logits_sum_f64: number;
  greedy_from_first4_8new: number[];
  n_params: number;
}

/** The k-th parameter by name has the elements `0.1 sin(0.37 i + k)`, weights of norms 1 more. */
function fill(model: AnyCausalLM, names: readonly string[]): void {
  const parameters = new Map(model.namedParameters());
  names.forEach((name, k) => {
    const parameter = parameters.get(name)!;
    const base = /norm|ln_/.test(name) && name.endsWith("weight") ? 1 : 0;
    const values = Float32Array.from({ length: parameter.size }, (_, i) =>
      Math.fround(base + Math.fround(0.1 * Math.sin(0.37 * i + k))),
    );
    parameter.assign(tf.tensor(values, [...parameter.shape]));
  });
}

describe("models of formulas", () => {
  const { models } = readJson("models", "recipes", "expected.json") as { models: Record<string, Recipe> };
  before(() => setBackend("wasm"));

  for (const [name, recipe] of Object.entries(models)) {
    it(`give the reference's logits, loss and greedy tokens of ${name}`, async () => {
      const model = modelFromConfig(recipe.config);
      const names = recipe.param_names_sorted.map(([parameter]) => parameter);
      assert.deepEqual([...model.namedParameters()].map(([parameter]) => parameter).sort(), names);
      fill(model, names);
      const ids = [recipe.input_ids];
      const { logits, loss } = model.forward({ inputIds: ids, labels: ids });
      assertClose(loss.dataSync()[0], recipe.loss, 2e-6 * recipe.loss);
      const [rows] = logits.arraySync();
      assertClose(rows!.at(-1)!.slice(0, 8), recipe.logits_last_first8_f64, 2e-5);
      assertClose(rows![0]!.slice(0, 8), recipe.logits_pos0_first8_f64, 2e-5);
      const sum = rows!.flat().reduce((total, value) => total + value, 0);
      assertClose(sum, recipe.logits_sum_f64, 2e-4, "sum of the logits");
      const [tokens] = await model.generate([recipe.input_ids.slice(0, 4)], {
        maxNewTokens: 8,
        eosTokenId: [],
      });
      assert.deepEqual(tokens, recipe.greedy_from_first4_8new);
      tf.dispose([logits, loss]);
      model.dispose();
    });
  }
});

/** AdamW's state: exported and imported, a run goes on bit for bit. */
import * as tf from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import { Parameter } from "../../../lib/nn/index.ts";
import { AdamW } from "../../../lib/optim/index.ts";
import { ensureBackend } from "../../../lib/tensor/index.ts";

describe("AdamW", () => {
  before(() => ensureBackend());

  const parameterOf = (values: number[]): Parameter => {
    const parameter = new Parameter([values.length]);
    parameter.assign(tf.tensor1d(values));
    return parameter;
  };
  const gradients = (step: number): Map<string, tf.Tensor> =>
    new Map([["w", tf.tensor1d([0.1 * step, -0.3, 0.7 / step])]]);
  const valuesOf = (parameter: Parameter): number[] => [...parameter.value.dataSync()];

  it("goes on bit for bit when its state and the parameters are loaded", async () => {
    const whole = parameterOf([0.5, -1.1, 1.9]);
    const optimizer = new AdamW(new Map([["w", whole]]), { weightDecay: 0.01 });
    for (const step of [1, 2]) optimizer.step(gradients(step), 0.1);
    const resumed = parameterOf(valuesOf(whole));
    const other = new AdamW(new Map([["w", resumed]]), { weightDecay: 0.01 });
    other.loadStateDict(await optimizer.stateDict());
    for (const step of [3, 4]) {
      optimizer.step(gradients(step), 0.1);
      other.step(gradients(step), 0.1);
    }
    assert.equal(other.steps, 4);
    assert.deepEqual(valuesOf(resumed), valuesOf(whole));
  });

  it("leaves the tensor alone that a parameter's values were cloned from", () => {
    const original = parameterOf([0.5, -1.1, 1.9]);
    const copy = new Parameter([3]);
    copy.assign(original.value.clone());
    const optimizer = new AdamW(new Map([["w", copy]]));
    const before = valuesOf(original);
    optimizer.step(gradients(1), 0.1);
    assert.deepEqual(valuesOf(original), before);
    assert.notDeepEqual(valuesOf(copy), before);
    const own = copy.value;
    optimizer.step(gradients(2), 0.1);
    assert.equal(copy.value, own); // its own now, and stepped in place
  });

  it("refuses a state of other parameters or shapes", async () => {
    const optimizer = new AdamW(new Map([["w", parameterOf([1, 2, 3])]]));
    optimizer.step(gradients(1), 0.1);
    const state = await optimizer.stateDict();
    for (const parameters of [new Map([["v", parameterOf([1, 2, 3])]]), new Map([["w", parameterOf([1])]])]) {
      assert.throws(() => new AdamW(parameters).loadStateDict(state), { code: "E_CHECKPOINT" });
    }
  });
});

/** Dropout's masks: the right share, decided by the seed alone, and their gradient. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { dropout, dropoutMask } from "../../../lib/ops/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";

describe("dropout()", () => {
  before(() => setBackend("wasm"));
  const mask = (seed: number, rate = 0.3, size = 20000) => dropoutMask([size], { rate, seed }).dataSync();
  const shareOf = (values: ArrayLike<number>): number =>
    Array.from(values).filter((value) => value === 0).length / values.length;

  it("leaves out the share that it is asked to, and keeps the mean", () => {
    for (const rate of [0, 0.1, 0.5, 0.9]) {
      const values = mask(3, rate);
      assert.ok(Math.abs(shareOf(values) - rate) < 0.01, `${shareOf(values)} at ${rate}`);
      assert.ok(values.every((value) => value === 0 || value === Math.fround(1 / (1 - rate))));
    }
  });

  it("decides by the seed, and each seed in a way of its own", () => {
    assert.deepEqual(mask(5), mask(5));
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [7, 2 ** 31 - 1],
    ] as const) {
      const [one, other] = [mask(a), mask(b)];
      const both = one.map((value, index) => (value === 0 && other[index] === 0 ? 0 : 1));
      assert.ok(Math.abs(shareOf(both) - 0.09) < 0.01, `${shareOf(both)} of the seeds ${a} and ${b}`);
    }
  });

  it("makes a part of a mask without the rest", () => {
    const part = dropoutMask([2, 5], { rate: 0.3, seed: 5 }, 40).dataSync();
    assert.deepEqual(part, mask(5).slice(40, 50));
  });

  it("has the mask as its gradient", () => {
    const options = { rate: 0.4, seed: 9 };
    const x = tf.range(1, 13);
    const { value, grad } = tf.valueAndGrad((input) => tf.sum(tf.square(dropout(input, options))))(x);
    const left = Array.from(dropoutMask([12], options).dataSync());
    const values = Array.from(x.dataSync());
    assertClose(value.dataSync(), [values.reduce((sum, one, at) => sum + (one * left[at]!) ** 2, 0)], 1e-3);
    assertClose(
      grad.dataSync(),
      values.map((one, at) => 2 * one * left[at]! ** 2),
      1e-4,
    );
  });

  it("is refused when the share is not in [0, 1)", () => {
    for (const rate of [1, -0.1, NaN]) assert.throws(() => dropoutMask([1], { rate, seed: 1 }), RangeError);
  });
});

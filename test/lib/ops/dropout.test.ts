/** Dropout's masks: the right share, decided by the seed alone, and their gradient. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { cpuMemory } from "../../../lib/backends/cpu/index.ts";
import { attentionSegments } from "../../../lib/nn/index.ts";
import { causalAttention, dropout, dropoutMask, loraLinear } from "../../../lib/ops/index.ts";
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

  it("keeps nothing for the backward pass: neither a mask, nor a copy of what LoRA is given, nor weights of attention", async () => {
    await setBackend("residency-cpu");
    const [rows, wide] = [64, 32];
    const leftOut = { rate: 0.3, seed: 4 };
    const weight = tf.ones<tf.Rank.R2>([wide, wide]);
    const transposed = tf.transpose(weight);
    const lowRank = { a: tf.ones<tf.Rank.R2>([2, wide]), b: tf.ones<tf.Rank.R2>([wide, 2]), scaling: 1 };
    const segments = attentionSegments(rows);
    /** The bytes that are held between the forward and the backward pass of an operation. */
    const heldBy = (run: (x: tf.Tensor) => tf.Tensor): number => {
      let held = 0;
      tf.tidy(() => {
        const x = tf.neg(tf.ones([rows, wide]));
        // Values that were never used before lie elsewhere yet.
        tf.tidy(() => run(x));
        tf.grad((input) => {
          const before = cpuMemory()!.bytesInUse;
          const y = run(input);
          held = cpuMemory()!.bytesInUse - before;
          return tf.sum(y);
        })(x);
      });
      return held;
    };
    const lora = (options: typeof lowRank & { dropout?: typeof leftOut }) =>
      heldBy((x) => loraLinear(x, { weight, transposed: () => transposed }, options));
    const attention = heldBy((x) => {
      const all = tf.reshape<tf.Rank.R4>(x, [1, rows, 2, wide / 2]);
      return causalAttention(all, all, all, { scale: 1, segments, dropout: leftOut });
    });
    const output = rows * wide * 4;
    assert.equal(
      heldBy((x) => dropout(x, leftOut)),
      output,
    );
    assert.equal(lora({ ...lowRank, dropout: leftOut }), lora(lowRank));
    assert.equal(attention, output);
    await setBackend("wasm");
  });

  it("is refused when the share is not in [0, 1)", () => {
    for (const rate of [1, -0.1, NaN]) assert.throws(() => dropoutMask([1], { rate, seed: 1 }), RangeError);
  });
});

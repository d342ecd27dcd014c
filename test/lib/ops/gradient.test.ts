/** Operations with a gradient of their own: what they keep, and when they give it back. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { withGradient } from "../../../lib/ops/gradient.ts";
import { setBackend } from "../../../lib/tensor/index.ts";

/** `x²`, whose backward pass reads the x that was saved. */
const squared = (x: tf.Tensor, onBackward?: (saved: tf.Tensor) => void): tf.Tensor =>
  withGradient(
    [x],
    ([input], save) => {
      save([input!]);
      return tf.square(input!);
    },
    (dy, [input]) => {
      onBackward?.(input!);
      return [tf.mul(tf.mul(dy, input!), 2)];
    },
  );

describe("withGradient()", () => {
  before(() => setBackend("residency-cpu"));

  it("gives the gradient, also along two roads and through itself", () => {
    const x = tf.tensor1d([2, -3]);
    const { value, gradients } = ops.differentiate(() => tf.add(squared(squared(x)), squared(x)), [x]);
    assert.deepEqual([...value.dataSync()], [20, 90]);
    // 4x³ + 2x
    assert.deepEqual([...gradients[0]!.dataSync()], [36, -114]);
  });

  it("keeps what is saved until its backward pass is done, even where its own tensor is disposed of", () => {
    const x = tf.tensor1d([3]);
    const before = tf.memory();
    let seen: number[] = [];
    const { value, gradients } = ops.differentiate(() => {
      const between = tf.mul(x, 2);
      const y = squared(between, (saved) => (seen = [...saved.dataSync()]));
      between.dispose();
      return y;
    }, [x]);
    assert.deepEqual(seen, [6]);
    assert.deepEqual([...gradients[0]!.dataSync()], [24]);
    tf.dispose([value, gradients[0]!]);
    assert.deepEqual(tf.memory(), before);
  });

  it("leaves nothing behind when its forward pass fails after it has saved, or its backward pass does", () => {
    const x = tf.tensor1d([3]);
    const before = tf.memory();
    const failing = (): tf.Tensor =>
      withGradient(
        [x],
        ([input], save) => {
          save([input!, tf.mul(input!, 2)]);
          throw new Error("no forward");
        },
        (dy) => [tf.clone(dy)],
      );
    assert.throws(() => ops.differentiate(failing, [x]), /no forward/);
    assert.deepEqual(tf.memory(), before);
    const refuse = (): void => {
      throw new Error("no backward");
    };
    assert.throws(() => ops.differentiate(() => squared(x, refuse), [x]), /no backward/);
    assert.deepEqual(tf.memory(), before);
    assert.deepEqual([...ops.differentiate(() => squared(x), [x]).gradients[0]!.dataSync()], [6]);
  });

  it("keeps what lies in another backend than the one in use", async () => {
    await setBackend("cpu");
    const x = tf.tensor1d([3]);
    await setBackend("residency-cpu");
    for (let time = 0; time < 2; time++) {
      const { value, gradients } = ops.differentiate(() => squared(x), [x]);
      assert.deepEqual([...gradients[0]!.dataSync()], [6]);
      tf.dispose([value, gradients[0]!]);
    }
    assert.deepEqual([...x.dataSync()], [3]);
  });

  it("has a gradient of its gradient", () => {
    const x = tf.tensor1d([2]);
    const inner = (input: tf.Tensor): tf.Tensor => tf.grad((y: tf.Tensor) => squared(squared(y)))(input);
    // 12x²
    assert.deepEqual([...tf.grad(inner)(x).dataSync()], [48]);
  });
});

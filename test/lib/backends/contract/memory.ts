/** The contract's memory: what is disposed of is given back, copies share their data, values come back as they went in. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { noise } from "./case.ts";

interface Counts {
  tensors: number;
  bytes: number;
  buffers: number;
}

const counts = (): Counts => {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes, buffers: tf.backend().numDataIds() };
};

/** Adds the tests to the suite around; they run on the backend in use. */
export function describeMemory(): void {
  it("counts tensors and bytes while they live, and no more when they are disposed of", async () => {
    const before = counts();
    const x = tf.tensor2d(noise(12), [3, 4]);
    const y = tf.matMul(x, x, false, true);
    await y.data();
    assert.deepEqual(counts(), {
      tensors: before.tensors + 2,
      bytes: before.bytes + 4 * (12 + 9),
      buffers: before.buffers + 2,
    });
    tf.dispose([x, y]);
    assert.deepEqual(counts(), before);
    assert.throws(() => y.dataSync(), /disposed/);
  });

  it("leaves nothing behind of what tidy computed, but for what is kept and returned", async () => {
    const before = counts();
    let kept: tf.Tensor | undefined;
    const returned = tf.tidy(() => {
      const x = tf.tensor1d([1, 2, 3]);
      kept = tf.keep(tf.mul(x, 2));
      return tf.sum(tf.softmax(tf.add(x, kept)));
    });
    assert.equal(counts().tensors, before.tensors + 2);
    assert.deepEqual(Array.from(await kept!.data()), [2, 4, 6]);
    tf.dispose([kept!, returned]);
    assert.deepEqual(counts(), before);
  });

  it("leaves nothing behind of a gradient, a gather, a scatter, a reduction and a cast", async () => {
    const work = async (): Promise<void> => {
      const results = tf.tidy(() => {
        const x = tf.tensor2d(noise(12), [3, 4]);
        const attend = (v: tf.Tensor): tf.Tensor =>
          tf.sum(tf.softmax(tf.matMul(v as tf.Tensor2D, x, false, true)));
        const rows = tf.gather(x, tf.tensor1d([2, 0], "int32"));
        const spread = tf.scatterND(tf.tensor2d([1, 2], [2, 1], "int32"), rows, [4, 4]);
        return [tf.grad(attend)(x), tf.cast(tf.mean(tf.slice(spread, [1, 0], [2, 3]), 1), "int32")];
      });
      await Promise.all(results.map((result) => result.data()));
      tf.dispose(results);
    };
    await work(); // Some backends make buffers of their own the first time.
    const before = counts();
    for (let i = 0; i < 3; i++) await work();
    assert.deepEqual(counts(), before);
  });

  it("keeps the data of a clone and of a reshaped view when the original is disposed of", async () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    const copy = tf.clone(x);
    const view = tf.reshape(x, [2, 2]);
    x.dispose();
    assert.deepEqual(await view.array(), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(Array.from(await copy.data()), [1, 2, 3, 4]);
    assert.deepEqual(Array.from(await tf.tidy(() => tf.add(view, 1)).data()), [2, 3, 4, 5]);
    tf.dispose([copy, view]);
  });

  it("gives back what was put in, to the bit, before and after an operation has read it", async () => {
    const values = Float32Array.of(0, -0, 1e-45, 3.4028234663852886e38, -1.5, Infinity, -Infinity, NaN);
    const x = tf.tensor1d(values.slice());
    const bits = (numbers: ArrayLike<number>): Uint32Array =>
      new Uint32Array(Float32Array.from(numbers).buffer);
    assert.deepEqual(bits(await x.data()), bits(values));
    const y = tf.reshape(tf.concat([x, x]), [2, 8]);
    assert.deepEqual(bits(await x.data()), bits(values));
    assert.deepEqual(bits(await y.data()), bits([...values, ...values]));
    const whole = tf.tensor2d([1, -2, 2_147_483_647, -2_147_483_648], [2, 2], "int32");
    assert.deepEqual(await whole.data(), Int32Array.of(1, -2, 2_147_483_647, -2_147_483_648));
    const truth = tf.tensor1d([1, 0, 1], "bool");
    assert.deepEqual(await truth.data(), Uint8Array.of(1, 0, 1));
    tf.dispose([x, y, whole, truth]);
  });

  it("does not write into an array that was read", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const sum = tf.add(x, 1);
    const read = await sum.data();
    const again = tf.mul(sum, 10);
    await again.data();
    assert.deepEqual(Array.from(read), [2, 3, 4]);
    tf.dispose([x, sum, again]);
  });
}

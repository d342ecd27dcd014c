/** The memory of residency-cpu: its growth and its end, copies, tensors that move, and what is given back after an error. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import {
  cpuMemory,
  createSharedMemory,
  resetCpuPeak,
  type SharedMemory,
} from "../../../../lib/backends/cpu/index.ts";
import * as ops from "../../../../lib/ops/index.ts";
import { setBackend } from "../../../../lib/tensor/index.ts";

const mebibyte = 2 ** 20;

/** Allocates blocks until the memory has no room for another. */
function fill(memory: SharedMemory, bytes: number): { addresses: number[]; error: unknown } {
  const addresses: number[] = [];
  for (;;) {
    try {
      addresses.push(memory.allocate(bytes, "a tensor of a test"));
    } catch (error) {
      return { addresses, error };
    }
  }
}

describe("createSharedMemory", () => {
  it("grows to its limit, then says what was asked for and how much is in use, and loses nothing", () => {
    const memory = createSharedMemory(24 * mebibyte);
    const { addresses, error } = fill(memory, 3 * mebibyte);
    assert.equal(addresses.length, 7);
    assert.equal((error as { code?: string }).code, "E_MEMORY");
    assert.match(
      String(error),
      /Cannot allocate 3\.15 MB for a tensor of a test: 22 MB of tensors are in use/,
    );
    assert.match(String(error), /at most 25 MB\. Use a smaller batch/);
    addresses.forEach((address, i) => memory.float32(address, 4).fill(i));
    memory.free(addresses[3]!);
    const again = memory.allocate(3 * mebibyte);
    assert.equal(again, addresses[3]);
    memory.float32(again, 4).fill(3);
    addresses.forEach((address, i) => assert.deepEqual([...memory.float32(address, 4)], [i, i, i, i]));
    for (const address of addresses) memory.free(address);
    assert.equal(memory.statistics().bytesInUse, 0);
    assert.equal(memory.statistics().peakBytes, 21 * mebibyte);
    assert.equal(memory.statistics().limitBytes, 24 * mebibyte);
    // What was seven blocks is one again.
    memory.free(memory.allocate(21 * mebibyte));
  });

  it("refuses at once what can never fit, and goes on", () => {
    const memory = createSharedMemory(8 * mebibyte);
    const before = memory.statistics();
    assert.throws(() => memory.allocate(5e9), { code: "E_MEMORY" });
    assert.deepEqual(memory.statistics(), before);
    memory.allocate(mebibyte);
  });
});

describe("tensors of residency-cpu", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend("wasm"));

  it("keep their values while the memory grows under them, and kernels go on reading them", async () => {
    const x = tf.tensor2d(
      Float32Array.from({ length: 4096 }, (_, i) => i % 97),
      [64, 64],
    );
    const view = tf.reshape(x, [4096]);
    const before = cpuMemory()!.reservedBytes;
    const large: tf.Tensor[] = [];
    while (cpuMemory()!.reservedBytes === before) large.push(tf.zeros([4 * mebibyte]));
    const y = tf.tidy(() => tf.sum(tf.matMul(x, tf.eye(64))));
    assert.equal(
      (await y.data())[0],
      [...(await view.data())].reduce((sum, value) => sum + value, 0),
    );
    tf.dispose([x, view, y, ...large]);
  });

  it("are copied when they are read: neither side sees what the other does", () => {
    const x = tf.tensor1d([1, 2, 3]);
    const read = x.dataSync<"float32">();
    read[0] = 9;
    assert.deepEqual(Array.from(x.dataSync()), [1, 2, 3]);
    assert.ok(!(read.buffer instanceof SharedArrayBuffer));
    x.dispose();
    tf.tensor1d([7, 7, 7]).dispose();
    assert.deepEqual(Array.from(read), [9, 2, 3]);
  });

  it("are copied when they are made of an array", () => {
    const values = Float32Array.of(1, 2, 3);
    const x = tf.tensor1d(values);
    values[0] = 9;
    assert.deepEqual(Array.from(x.dataSync()), [1, 2, 3]);
    x.dispose();
  });

  it("move to another backend and back, of every type", async () => {
    const inUse = cpuMemory()!.bytesInUse;
    const x = tf.tensor1d([1.5, -2, 3]);
    const whole = tf.tensor1d([1, -2, 3], "int32");
    const truth = tf.tensor1d([true, false, true], "bool");
    const words = tf.tensor1d(["a", "b"]);
    await setBackend("wasm");
    const [sum, sumOfWhole] = [tf.add(x, 1), tf.add(whole, tf.scalar(1, "int32"))];
    const chosen = tf.where(truth, x, tf.zeros([3]));
    assert.equal(cpuMemory()!.bytesInUse < inUse + 4 * 64, true);
    await setBackend("residency-cpu");
    assert.deepEqual(Array.from(tf.tidy(() => tf.mul(sum, 2)).dataSync()), [5, -2, 8]);
    assert.deepEqual(
      Array.from(tf.tidy(() => tf.mul(sumOfWhole, tf.scalar(2, "int32"))).dataSync()),
      [4, -2, 8],
    );
    assert.deepEqual(Array.from(tf.tidy(() => tf.where(truth, chosen, x)).dataSync()), [1.5, -2, 3]);
    assert.deepEqual(words.dataSync(), ["a", "b"]);
    tf.dispose([x, whole, truth, words, sum, sumOfWhole, chosen]);
  });

  it("that do not fit are an E_MEMORY that names them; what a kernel has made until then is given back", () => {
    const blocks: tf.Tensor[] = [];
    // Zeros of 256 MB a block; pages that nobody has touched cost nothing.
    const backend = tf.backend() as unknown as { makeUninitialised(shape: number[]): tf.TensorInfo };
    const take = (elements: number): void => {
      blocks.push(tf.engine().makeTensorFromTensorInfo(backend.makeUninitialised([elements])));
    };
    const hidden = tf.zeros([mebibyte]);
    let size = 64 * mebibyte;
    while (size >= mebibyte) {
      try {
        take(size);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "E_MEMORY");
        assert.match(String(error), new RegExp(`for a tensor of ${size} float32 elements`));
        size /= 2;
      }
    }
    // Room for one of the two gradients.
    blocks.pop()!.dispose();
    const up = tf.clone(hidden);
    const { bytesInUse } = cpuMemory()!;
    const { numTensors } = tf.memory();
    const gradients = (): ops.Differentiated<tf.Tensor> =>
      ops.differentiate(() => tf.tidy(() => tf.sum(ops.swiglu(hidden, up))), [hidden, up]);
    assert.throws(gradients, { code: "E_MEMORY" });
    assert.equal(cpuMemory()!.bytesInUse, bytesInUse);
    assert.equal(tf.memory().numTensors, numTensors);
    tf.dispose(blocks);
    const { value, gradients: found } = gradients();
    tf.dispose([value, ...found.map((gradient) => gradient!), hidden, up]);
  });

  it("are all given back by a training step's operations, and the peak is counted from its reset on", () => {
    const { bytesInUse } = cpuMemory()!;
    const { numTensors } = tf.memory();
    resetCpuPeak();
    tf.tidy(() => tf.matMul(tf.ones([256, 256]), tf.ones([256, 256]))).dispose();
    const { peakBytes } = cpuMemory()!;
    assert.equal(peakBytes - bytesInUse, 3 * 256 * 256 * 4);
    resetCpuPeak();
    assert.deepEqual([cpuMemory()!.peakBytes, tf.memory().numTensors], [bytesInUse, numTensors]);
  });
});

/** Every WGSL kernel gives what the composed operation gives on tfjs's CPU backend, forward and backward. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { drawInputs, outputsOf } from "../../../bench/gpu/kernel-case.ts";
import { kernelCases, kernelTolerance } from "../../../bench/gpu/kernel-cases.ts";
import { linearCrossEntropy } from "../../../lib/backends/webgpu/kernels/cross-entropy.ts";
import { seededRandom } from "../../../lib/random.ts";
import { normalTensor, setBackend } from "../../../lib/tensor/index.ts";
import { assertClose, flatten } from "../../support/closeness.ts";
import { leaveTestGpu, startTestGpu } from "../../support/gpu.ts";

describe("the WGSL kernels", function () {
  this.timeout(300_000);
  const drawn = new Map<string, ArrayLike<number>[]>();
  const expected = new Map<string, tf.TypedArray[]>();

  before(async function () {
    await startTestGpu(this);
    await setBackend("cpu");
    for (const [name, kernelCase] of Object.entries(kernelCases)) {
      drawn.set(name, drawInputs(kernelCase));
      expected.set(name, await outputsOf(kernelCase, drawn.get(name)!));
    }
    await setBackend("webgpu");
  });
  after(leaveTestGpu);

  for (const [name, kernelCase] of Object.entries(kernelCases)) {
    it(`${name} gives what the composed operation gives`, async () => {
      const tensors = tf.memory().numTensors;
      const outputs = await outputsOf(kernelCase, drawn.get(name)!);
      assert.equal(tf.memory().numTensors, tensors, "tensors left behind");
      const references = expected.get(name)!;
      assert.equal(outputs.length, references.length);
      for (const [index, reference] of references.entries()) {
        const largest = flatten(reference).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
        assertClose(outputs[index]!, reference, kernelTolerance * largest, `output ${index}`);
      }
    });
  }

  it("LinearCrossEntropy gives the same in chunks of two rows as at once", async () => {
    const random = seededRandom(5);
    const hidden = normalTensor([5, 12], 1, random);
    const weight = normalTensor([30, 12], 1, random);
    const targets = tf.tensor1d([3, 0, -100, 29, 3], "int32");
    const inputs = { hidden, weight, targets, weighed: normalTensor([5, 12], 1, random) };
    const attributes = { withGradient: true, trainsWeight: true };
    const read = async (chunkBytes: number, reduction: "sum" | "none"): Promise<tf.TypedArray[]> => {
      const call = { inputs, attributes: { ...attributes, reduction }, backend: tf.backend() };
      const outputs = linearCrossEntropy(call, { chunkBytes }).map((output) =>
        tf.engine().makeTensorFromTensorInfo(output),
      );
      const values = await Promise.all(outputs.map((output) => output.data()));
      tf.dispose(outputs);
      return values;
    };
    for (const reduction of ["sum", "none"] as const) {
      const [atOnce, inChunks] = [await read(2 ** 20, reduction), await read(2 * 30 * 4, reduction)];
      assert.equal(atOnce[0]!.length, reduction === "sum" ? 1 : 5);
      for (const [index, values] of inChunks.entries()) assertClose(values, atOnce[index], 1e-5);
    }
    tf.dispose(Object.values(inputs));
  });
});

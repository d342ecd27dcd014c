/** Packed weights on the WebGPU backend beyond products: look-up, unpacking, and DoRA, which needs the lengths of weights. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { packWeight } from "../../../lib/nn/index.ts";
import { packedMatMul, takePackedRows, unpackElements, unpackWeight } from "../../../lib/ops/index.ts";
import { getPeftModel, LoraConfig, type MergeDrift } from "../../../lib/peft/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/gradients.ts";
import { assertClose } from "../../support/closeness.ts";
import { leaveTestGpu, startTestGpu } from "../../support/gpu.ts";
import { fixture } from "../../support/paths.ts";

describe("packed weights on the WebGPU backend", function () {
  this.timeout(300_000);
  before(async function () {
    await startTestGpu(this);
  });
  after(leaveTestGpu);

  for (const format of ["bf16", "f16", "int8", "nf4", "fp4"] as const) {
    it(`as ${format} are unpacked and looked up without reading anything back`, async () => {
      const [rows, dim] = [300, 64];
      const random = seededRandom(3);
      const values = Float32Array.from({ length: rows * dim }, () => random.normal());
      const packed = packWeight(values, [rows, dim], { format, blockSize: 32 });
      const codes = packed.codes.dataSync<"int32">().slice();
      const expected = unpackElements(
        packed,
        new Uint8Array(codes.buffer),
        packed.scales.dataSync<"float32">().slice(),
      );
      // From here on the bytes lie on the GPU.
      await packedMatMul(tf.ones([2, dim]), packed, { transposed: false }).data();
      // A scale of int8 over 127 is rounded by the GPU before it is a factor.
      const tolerance = format === "int8" ? 1e-6 : 0;
      assertClose(await unpackWeight(packed).data(), expected, tolerance);
      const wanted = [299, 0, 7, 7];
      const taken = takePackedRows(packed, tf.tensor1d(wanted, "int32"));
      assert.deepEqual(taken.shape, [wanted.length, dim]);
      const ofRows = wanted.flatMap((row) => Array.from(expected.subarray(row * dim, (row + 1) * dim)));
      assertClose(await taken.data(), ofRows, tolerance);
    });
  }

  for (const [name, settings] of [
    ["LoRA", {}],
    ["DoRA", { useDora: true }],
  ] as const) {
    it(`take ${name} in by mergeAndUnloadAsync() as on the CPU, and are as they were after mergeAndUnload()`, async () => {
      const inputIds = [[5, 9, 11, 3, 7, 2]];
      const merged = async (): Promise<{ logits: ArrayLike<number>; drifts: MergeDrift[] }> => {
        const base = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
        const config = new LoraConfig({
          ...{ r: 4, targetModules: ["q_proj", "down_proj"], initLoraWeights: false },
          ...settings,
        });
        const peft = getPeftModel(base, config, { seed: 1 });
        const logitsOf = async (model: Pick<LlamaForCausalLM, "forward">): Promise<ArrayLike<number>> => {
          const { logits } = model.forward({ inputIds });
          const values = await logits.data();
          logits.dispose();
          return values;
        };
        const onGpu = tf.getBackend() === "webgpu";
        const before = onGpu ? await logitsOf(peft) : [];
        if (onGpu) {
          const { numTensors } = tf.memory();
          assert.throws(() => peft.mergeAndUnload(), { code: "E_SYNC_READ" });
          assert.equal(tf.memory().numTensors, numTensors);
          assertClose(await logitsOf(peft), before, 1e-6);
        }
        const drifts: MergeDrift[] = [];
        const model = await peft.mergeAndUnloadAsync({
          safeMerge: true,
          onDrift: (drift) => drifts.push(drift),
        });
        const logits = await logitsOf(model);
        model.dispose();
        return { logits, drifts };
      };
      const { logits, drifts } = await merged();
      await setBackend("residency-cpu");
      const expected = await merged();
      await setBackend("webgpu");
      assert.deepEqual(
        drifts.map(({ name }) => name),
        expected.drifts.map(({ name }) => name),
      );
      drifts.forEach((drift, at) => {
        assertClose(drift.additionMean, expected.drifts[at]!.additionMean, 1e-5);
        assertClose(drift.mean, expected.drifts[at]!.mean, 1e-3 * drift.mean);
      });
      assertClose(logits, expected.logits, 2e-2);
    });
  }

  it("train DoRA over NF4 with the loss and the gradients of the CPU", async () => {
    const run = async (): Promise<Map<string, ArrayLike<number>>> => {
      const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
      const config = new LoraConfig({ r: 4, useDora: true, targetModules: ["q_proj", "down_proj"] });
      const peft = getPeftModel(model, config, { seed: 1 });
      const inputIds = [[5, 9, 11, 3, 7, 2]];
      const { value, gradients } = valueAndGradients(
        () => peft.summedLoss({ inputIds, labels: inputIds }).sum,
        peft.root.trainableParameters(),
      );
      const read = new Map<string, ArrayLike<number>>([["loss", await value.data()]]);
      for (const [name, gradient] of gradients) read.set(name, await gradient.data());
      tf.dispose([value, ...gradients.values()]);
      peft.root.dispose();
      return read;
    };
    const onGpu = await run();
    await setBackend("residency-cpu");
    const onCpu = await run();
    await setBackend("webgpu");
    assert.deepEqual([...onGpu.keys()], [...onCpu.keys()]);
    assert.ok([...onGpu.keys()].some((name) => name.includes("magnitude")));
    for (const [name, expected] of onCpu) assertClose(onGpu.get(name), expected, 1e-3, name);
  });
});

/** A packed parameter: products, look-up and loss through it are those of its unpacked values, and it holds less. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { Embedding, Linear, packWeight } from "../../../lib/nn/index.ts";
import { crossEntropySum, linearCrossEntropySum, unpackWeight } from "../../../lib/ops/index.ts";
import type { Packing } from "../../../lib/quant/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";

const packings: Packing[] = [
  { format: "bf16" },
  { format: "f16" },
  { format: "int8" },
  { format: "nf4" },
  // Blocks of 128 elements begin within rows of 48.
  { format: "fp4", blockSize: 128, doubleQuant: true },
];

const random = seededRandom(5);
const numbers = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

for (const backend of ["residency-cpu", "wasm"] as const) {
  describe(`a packed parameter on ${backend}`, () => {
    before(() => setBackend(backend));

    for (const packing of packings) {
      const [out, columns] = [40, 48];

      it(`${packing.format}: layer, look-up and loss are those of the unpacked values`, () => {
        const packed = packWeight(numbers(out * columns), [out, columns], packing);
        const unpacked = unpackWeight(packed);
        const layer = new Linear(columns, out);
        layer.weight.assignPacked(packed);
        assert.equal(layer.weight.requiresGrad, false);
        assert.ok(layer.getMemoryFootprint() < 0.55 * 4 * out * columns);
        const x = tf.tensor2d(numbers(3 * columns), [3, columns]);
        const plain = tf.matMul(x, unpacked, false, true);
        assertClose(layer.forward(x).dataSync(), plain.dataSync(), 1e-4);

        const table = new Embedding(out, columns);
        table.weight.assignPacked(packed);
        const rows = table.forward(tf.tensor2d([[7, 0, 39, 7]], [1, 4], "int32"));
        const values = unpacked.dataSync();
        const expected = [7, 0, 39, 7].flatMap((row) => [
          ...values.slice(row * columns, (row + 1) * columns),
        ]);
        assert.deepEqual([...rows.dataSync()], expected);

        const targets = [4, -100, 39];
        const lossOf = (hidden: tf.Tensor2D): tf.Scalar =>
          linearCrossEntropySum(hidden, packed, { targets, trainsWeight: false });
        const composed = (hidden: tf.Tensor2D): tf.Scalar =>
          crossEntropySum(tf.matMul(hidden, unpacked, false, true), targets);
        const own = tf.valueAndGrad(lossOf)(x);
        const whole = tf.valueAndGrad(composed)(x);
        assertClose(own.value.dataSync(), whole.value.dataSync(), 1e-3);
        assertClose(own.grad.dataSync(), whole.grad.dataSync(), 1e-4);
        assertClose(lossOf(x).dataSync(), whole.value.dataSync(), 1e-3);
      });
    }

    it("takes values of either kind in turn, says that it has no float32 ones, and gives all memory back", () => {
      const before = tf.memory().numTensors;
      const layer = new Linear(64, 8);
      layer.weight.assignPacked(packWeight(numbers(512), [8, 64], { format: "nf4" }));
      assert.throws(() => layer.weight.value, { code: "E_CONFIG", message: /packed as nf4/ });
      layer.weight.assignPacked(packWeight(numbers(512), [8, 64], { format: "int8" }));
      layer.weight.assign(tf.zeros([8, 64]));
      assert.equal(layer.weight.packed, undefined);
      layer.weight.assignPacked(packWeight(numbers(512), [8, 64], { format: "bf16" }));
      assert.throws(() => layer.weight.assignPacked(packWeight(numbers(512), [64, 8], { format: "bf16" })), {
        code: "E_SHAPE",
      });
      layer.dispose();
      assert.equal(tf.memory().numTensors - before, 2, "the refused weight is the caller's");
    });

    it("refuses to look up rows that share a word", () => {
      const table = new Embedding(4, 6);
      table.weight.assignPacked(packWeight(numbers(24), [4, 6], { format: "nf4" }));
      assert.throws(() => table.forward(tf.tensor2d([[1]], [1, 1], "int32")), { code: "E_SHAPE" });
      table.dispose();
    });
  });
}

/** Gradients of gradients: right for the operations that can be composed, a clear error for the cross-entropy. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";

const random = seededRandom(5);
const normals = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal()),
    shape,
  );

interface Case {
  name: string;
  shapes: number[][];
  make: () => (...inputs: tf.Tensor[]) => tf.Tensor;
}

const frozen = (): ops.FrozenWeight => {
  const weight = tf.tensor2d([1, 2, 3, 4, -5, 6, 7, 8, -9, 1, 2, 3], [3, 4]);
  const transposed = tf.transpose(weight);
  return { weight, transposed: () => transposed };
};

const cases: Case[] = [
  {
    name: "conv1d",
    shapes: [
      [5, 4],
      [4, 3],
    ],
    make: () => (x, w) => ops.conv1d(x, w as tf.Tensor2D, { frozen: false }),
  },
  { name: "softcap", shapes: [[3, 4]], make: () => (x) => ops.softcap(x, 2) },
  { name: "scaleBy", shapes: [[3, 4]], make: () => (x) => ops.scaleBy(x, 3) },
  {
    name: "loraLinear",
    shapes: [
      [5, 4],
      [2, 4],
      [3, 2],
    ],
    make() {
      const weight = frozen();
      return (x, a, b) =>
        ops.loraLinear(x, weight, { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 0.5 });
    },
  },
  {
    name: "trainedLinear",
    shapes: [
      [5, 4],
      [3, 4],
    ],
    make: () => (x, w) => ops.trainedLinear(x, w as tf.Tensor2D),
  },
  {
    name: "rmsNorm",
    shapes: [[3, 5], [5]],
    make: () => (x, w) => ops.rmsNorm(x, w as tf.Tensor1D, { eps: 0.1, frozen: false }),
  },
  {
    name: "layerNorm",
    shapes: [[3, 5], [5], [5]],
    make: () => (x, w, b) =>
      ops.layerNorm(x, { weight: w as tf.Tensor1D, bias: b as tf.Tensor1D }, { eps: 0.1, frozen: false }),
  },
  {
    name: "swiglu",
    shapes: [
      [2, 5],
      [2, 5],
    ],
    make: () => (g, u) => ops.swiglu(g, u),
  },
  { name: "gelu", shapes: [[2, 5]], make: () => (x) => ops.gelu(x, { approximate: true }) },
  {
    name: "causalAttention",
    shapes: [
      [1, 4, 2, 3],
      [1, 4, 1, 3],
      [1, 4, 1, 3],
    ],
    make() {
      const segments = tf.ones<tf.Rank.R2>([1, 4], "int32");
      return (q, k, v) =>
        ops.causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { scale: 0.5, segments });
    },
  },
  {
    name: "a checkpointed block",
    shapes: [[2, 5]],
    make: () => (x) =>
      ops.checkpoint(x, {
        parameters: [],
        constants: [],
        run: (y) => ops.gelu(tf.mul(y, y), { approximate: true }),
      }),
  },
];

for (const backend of ["cpu", "residency-cpu"] as const) {
  describe(`gradients of gradients on ${backend}`, () => {
    before(() => setBackend(backend));
    after(() => setBackend("wasm"));

    for (const { name, shapes, make } of cases) {
      it(`of ${name} are the differences of its gradients`, async () => {
        const tensors = tf.tidy(() => {
          const run = make();
          const inputs = shapes.map(normals);
          const directions = shapes.map(normals);
          const squares = (...xs: tf.Tensor[]): tf.Scalar => tf.sum(tf.square(run(...xs)));
          /** The gradient's part along the directions: its gradient is the product of the Hessian with them. */
          const slope = (...xs: tf.Tensor[]): tf.Tensor =>
            tf.addN(
              tf
                .grads(squares)(xs)
                .map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!))),
            );
          const step = 1 / 128;
          const moved = (by: number): tf.Tensor[] =>
            tf.grads(squares)(inputs.map((x, i) => tf.add(x, tf.mul(directions[i]!, by))));
          const [ahead, behind] = [moved(step), moved(-step)];
          const differences = ahead.map((gradient, i) => tf.div(tf.sub(gradient, behind[i]!), 2 * step));
          return [...tf.grads(slope)(inputs), ...differences];
        });
        const values = await Promise.all(tensors.map((tensor) => tensor.data()));
        tf.dispose(tensors);
        shapes.forEach((_, i) => {
          const expected = values[shapes.length + i]!;
          const size = Array.from(expected, (value: number) => Math.abs(value)).reduce(
            (a, b) => Math.max(a, b),
            1,
          );
          assertClose(values[i], expected, 5e-3 * size, `input ${i}`);
        });
      });
    }

    it("of the cross-entropy are refused with E_GRADIENT, and leave nothing behind", () => {
      const logits = normals([2, 5]);
      const { numTensors } = tf.memory();
      const first = (x: tf.Tensor): tf.Tensor => ops.crossEntropySum(x as tf.Tensor2D, [1, 2]);
      const inner = (): tf.Tensor => tf.tidy(() => tf.sum(tf.square(tf.grad(first)(logits))));
      assert.throws(() => ops.differentiate(inner, [logits]), { code: "E_GRADIENT" });
      assert.equal(tf.memory().numTensors, numTensors);
      logits.dispose();
    });
  });
}

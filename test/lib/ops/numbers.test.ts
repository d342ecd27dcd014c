/** Numbers at the border: NaN and infinity are seen, targets are checked, AdamW and norms keep their precision. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";

const read = async (tensor: tf.Tensor): Promise<number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

for (const backend of ["cpu", "wasm", "residency-cpu"] as const) {
  describe(`numbers of lib/ops on ${backend}`, () => {
    before(() => setBackend(backend));

    for (const [bad, at] of [NaN, Infinity].flatMap((value) =>
      [0, 3, 4, 9, 12].map((i) => [value, i] as const),
    )) {
      it(`crossEntropySum of logits with ${bad} at ${at} is not finite`, async () => {
        const logits = Array.from({ length: 26 }, (_, i) => Math.sin(i));
        logits[at] = bad;
        const loss = (): tf.Tensor =>
          tf.tidy(() => ops.crossEntropySum(tf.tensor2d(logits, [2, 13]), [2, 5]));
        assert.ok(!Number.isFinite((await read(loss()))[0]));
        const { value, grad } = tf.tidy(() =>
          tf.valueAndGrad((x) => ops.crossEntropySum(x as tf.Tensor2D, [2, 5]))(tf.tensor2d(logits, [2, 13])),
        );
        assert.ok(!Number.isFinite((await read(value))[0]));
        assert.ok((await read(grad)).slice(0, 13).some(Number.isNaN));
      });
    }

    it("crossEntropySum refuses targets that are no tokens, and a number of them that is not that of the rows", () => {
      const loss = (targets: number[]): tf.Tensor =>
        tf.tidy(() => ops.crossEntropySum(tf.zeros([2, 5]), targets));
      for (const targets of [[0, 5], [-1, 0], [0.5, 0], [NaN, 0], [0], [0, 1, 2]]) {
        assert.throws(() => loss(targets), { code: "E_SHAPE" });
      }
      loss([-100, 4]).dispose();
    });

    it("crossEntropySum of large logits does not overflow", async () => {
      const loss = tf.tidy(() => ops.crossEntropySum(tf.tensor2d([300, -300, 0, 1e30], [2, 2]), [1, 1]));
      assert.deepEqual(await read(loss), [600]);
    });

    it("adamWStep follows the formula over many steps, in odd sizes", async () => {
      for (const size of [1, 5, 129]) {
        const random = seededRandom(size);
        const numbers = (): Float32Array => Float32Array.from({ length: size }, () => random.normal());
        const options = {
          learningRate: 0.01,
          beta1: 0.9,
          beta2: 0.999,
          eps: 1e-8,
          weightDecay: 0.1,
          gradientScale: 0.5,
        };
        const start = numbers();
        const [value, mean, variance] = [
          Array.from(start),
          new Array<number>(size).fill(0),
          new Array<number>(size).fill(0),
        ];
        let state: ops.AdamWState = {
          value: tf.tensor1d(start),
          mean: tf.zeros([size]),
          variance: tf.zeros([size]),
        };
        for (let step = 1; step <= 10; step++) {
          const gradient = numbers();
          gradient.forEach((raw, i) => {
            const g = raw * 0.5;
            mean[i] = 0.9 * mean[i]! + 0.1 * g;
            variance[i] = 0.999 * variance[i]! + 0.001 * g * g;
            const move = mean[i] / (1 - 0.9 ** step) / (Math.sqrt(variance[i] / (1 - 0.999 ** step)) + 1e-8);
            value[i] = value[i]! * (1 - 0.01 * 0.1) - 0.01 * move;
          });
          const given = tf.tensor1d(gradient);
          const next = ops.adamWStep(state, given, { ...options, step });
          given.dispose();
          if (next !== state) tf.dispose({ ...state });
          state = next;
        }
        assertClose(await read(state.value), value, 2e-6, "value");
        assertClose(await read(state.mean), mean, 1e-6, "mean");
        const found = await read(state.variance);
        found.forEach((v, i) => assertClose([v], [variance[i]!], 2e-6 * variance[i]!, "variance"));
      }
    });

    it("globalNorm is the norm of all tensors together, and NaN where a gradient is", async () => {
      const lists = [1, 3, 5, 1025, 70_000].map((size) =>
        Float32Array.from({ length: size }, (_, i) => Math.sin(i + size)),
      );
      const expected = Math.sqrt(lists.reduce((sum, list) => list.reduce((s, x) => s + x * x, sum), 0));
      // tfjs-backend-wasm adds one number after the other.
      const precision = backend === "wasm" ? 1e-5 : 1e-6;
      const tensors = lists.map((list) => tf.tensor1d(list));
      assertClose(await read(ops.globalNorm(tensors)), [expected], precision * expected);
      const nan = tf.tensor1d([1, NaN]);
      assert.deepEqual(await read(ops.globalNorm([...tensors, nan])), [NaN]);
      tf.dispose([...tensors, nan]);
    });
  });
}

describe("arithmetic of residency-cpu", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend("wasm"));

  it("Max, Maximum and Relu hand NaN on, wherever it is", async () => {
    for (const size of [1, 4, 7, 65]) {
      for (let at = 0; at < size; at += 3) {
        const x = Float32Array.from({ length: size }, (_, i) => (i === at ? NaN : i));
        const found = tf.tidy(() => {
          const tensor = tf.tensor1d(x);
          return [tf.max(tensor), tf.max(tf.relu(tensor)), tf.max(tf.maximum(tensor, tf.scalar(2)))];
        });
        for (const tensor of found) assert.deepEqual(await read(tensor), [NaN], `${size}, ${at}`);
      }
    }
  });

  it("exp, tanh and sigmoid are as good as float32 over their whole range", async () => {
    const x = Float32Array.from({ length: 40_001 }, (_, i) => ((i - 20_000) / 20_000) ** 3 * 88.72);
    const cases: [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number][] = [
      ["exp", tf.exp, Math.exp, 1e-6],
      ["tanh", tf.tanh, Math.tanh, 1e-6],
      // One rounding of x · log2(e) at 88 is 4e-6 of the result.
      ["sigmoid", tf.sigmoid, (value) => 1 / (1 + Math.exp(-value)), 5e-6],
    ];
    for (const [name, run, define, allowed] of cases) {
      const found = await read(tf.tidy(() => run(tf.tensor1d(x))));
      const worst = found.reduce((most, value, i) => {
        const expected = define(x[i]!);
        // Below lie the subnormal numbers, which become 0.
        return Math.abs(expected) < 1.3e-38
          ? most
          : Math.max(most, Math.abs(value - expected) / Math.abs(expected));
      }, 0);
      assert.ok(worst < allowed, `${name}: relative error ${worst}`);
    }
    assert.deepEqual(await read(tf.exp(tf.tensor1d([-Infinity, -104, 0, 89, Infinity]))), [
      0,
      0,
      1,
      Infinity,
      Infinity,
    ]);
  });
});

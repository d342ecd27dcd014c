/** What a prediction may cost beside -log p, "dft" and smoothed labels, beside finite differences of the formula in float64. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { packWeight } from "../../../lib/nn/index.ts";
import {
  crossEntropySum,
  crossEntropyWithFigures,
  hasLinearCrossEntropy,
  linearCrossEntropySum,
  linearCrossEntropyWithFigures,
  unpackWeight,
  type TokenLoss,
} from "../../../lib/ops/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import * as float64 from "./float64.ts";
import { backends, normals } from "./operation-case.ts";

/** The sum over rows of what each prediction costs; the weights of "dft" are those of other logits, so that they are constants. */
function formula(
  logits: float64.Numbers,
  targets: readonly number[],
  loss: TokenLoss,
  constant = logits,
): number {
  const vocabulary = logits.length / targets.length;
  const own = float64.tokenLogProbs(logits, targets);
  const weights = float64.tokenLogProbs(constant, targets).map(Math.exp);
  if (loss === "dft") return own.reduce((sum, logProb, row) => sum - weights[row]! * logProb, 0);
  const smoothing = loss === "nll" ? 0 : loss.smoothing;
  let sum = 0;
  targets.forEach((target, row) => {
    if (target === -100) return;
    let mean = 0;
    const ofRow = Array.from(logits).slice(row * vocabulary, (row + 1) * vocabulary);
    const most = Math.max(...ofRow);
    const logSum = most + Math.log(ofRow.reduce((total, x) => total + Math.exp(x - most), 0));
    for (const x of ofRow) mean += (logSum - x) / vocabulary;
    sum += (1 - smoothing) * -own[row]! + smoothing * mean;
  });
  return sum;
}

/** The central differences of the formula by each logit. */
function differences(logits: readonly number[], targets: readonly number[], loss: TokenLoss): number[] {
  const step = 1e-5;
  return logits.map((_, at) => {
    const moved = (by: number): number[] => logits.map((x, i) => (i === at ? x + by : x));
    const value = (by: number): number => formula(moved(by), targets, loss, logits);
    return (value(step) - value(-step)) / (2 * step);
  });
}

const losses: [string, TokenLoss][] = [
  ["weighted by probability", "dft"],
  ["of smoothed labels", { smoothing: 0.1 }],
  ["of labels that are smoothed nearly away", { smoothing: 0.9 }],
];

for (const backend of backends) {
  describe(`the cross-entropy's other losses on ${backend}`, () => {
    before(() => setBackend(backend));
    after(() => setBackend());

    for (const [name, loss] of losses) {
      for (const vocabulary of [2, 9, 33]) {
        it(`${name}: value and gradient are the formula's, ${vocabulary} tokens`, () => {
          const targets = [1, 0, -100, vocabulary - 1];
          const values = normals(targets.length * vocabulary, vocabulary, 3);
          const logits = tf.tensor2d(values, [targets.length, vocabulary]);
          const expected = formula(values, targets, loss);
          const gradient = differences(values, targets, loss);
          for (const run of [
            (x: tf.Tensor2D) => crossEntropySum(x, targets, loss),
            (x: tf.Tensor2D) => crossEntropyWithFigures(x, targets, loss).sum,
          ]) {
            const { value, grad } = tf.tidy(() => tf.valueAndGrad((x) => run(x as tf.Tensor2D))(logits));
            assertClose(value.dataSync(), [expected], 3e-6 * Math.max(1, expected));
            assertClose(grad.dataSync(), gradient, 3e-6);
            tf.dispose([value, grad]);
          }
          // Without a gradient, as in an evaluation.
          assertClose(
            crossEntropySum(logits, targets, loss).dataSync(),
            [expected],
            3e-6 * Math.max(1, expected),
          );
        });
      }

      it(`${name}: a vocabulary of more than one block of partial sums has the same loss`, () => {
        const targets = [2999, 5, 0];
        const values = normals(3 * 3001, 8, 4);
        const sum = crossEntropySum(tf.tensor2d(values, [3, 3001]), targets, loss);
        const expected = formula(values, targets, loss);
        assertClose(sum.dataSync(), [expected], 1e-6 * Math.max(1, expected));
      });

      for (const packs of [false, true]) {
        it(`${name}: through ${packs ? "a packed" : "a trained"} head loss and gradients are those of its logits`, function () {
          if (!hasLinearCrossEntropy()) this.skip();
          const targets = [3, 60, -100, 0];
          const hidden = tf.tensor2d(normals(4 * 16, 1), [4, 16]);
          const numbers = normals(61 * 16, 2);
          const packed = packs
            ? packWeight(new Float32Array(numbers), [61, 16], { format: "nf4" })
            : undefined;
          const full = packed ? unpackWeight(packed) : tf.tensor2d(numbers, [61, 16]);
          const inputs = packed ? [hidden] : [hidden, full];
          const gradientsOf = (run: (x: tf.Tensor2D, w: tf.Tensor2D) => tf.Scalar): ArrayLike<number>[] => {
            const { value, grads } = tf.tidy(() =>
              tf.valueAndGrads((x, w = full) => run(x as tf.Tensor2D, w as tf.Tensor2D))(inputs),
            );
            return [value, ...grads].map((tensor) => tensor.dataSync());
          };
          const expected = gradientsOf((x, w) =>
            crossEntropySum(tf.matMul<tf.Tensor2D>(x, w, false, true), targets, loss),
          );
          for (const fused of [
            (x: tf.Tensor2D, w: tf.Tensor2D) =>
              linearCrossEntropySum(x, packed ?? w, { targets, trainsWeight: !packs, loss }),
            (x: tf.Tensor2D, w: tf.Tensor2D) =>
              linearCrossEntropyWithFigures(x, packed ?? w, { targets, trainsWeight: !packs, loss }).sum,
          ]) {
            gradientsOf(fused).forEach((values, at) => assertClose(values, expected[at], 2e-5));
          }
        });
      }
    }

    it("weighs what the model holds for impossible with 0, not with a number that is none", () => {
      const logits = tf.tensor2d([200, -200, 0], [1, 3]);
      const { value, grad } = tf.tidy(() =>
        tf.valueAndGrad((x) => crossEntropySum(x as tf.Tensor2D, [1], "dft"))(logits),
      );
      assert.equal(value.dataSync()[0], 0);
      assertClose(grad.dataSync(), [0, 0, 0], 1e-12);
    });
  });
}

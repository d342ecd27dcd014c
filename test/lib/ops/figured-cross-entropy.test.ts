/** The figures of predictions that come out of the cross-entropy's own pass, beside the formula and beside the loss without them. */
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
  type FiguredLoss,
  type PackedWeight,
} from "../../../lib/ops/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { backends, normals } from "./operation-case.ts";

/** How many rows of logits have the target as their first largest, and the sum of their entropies. */
function formula(logits: readonly number[], vocabulary: number, targets: readonly number[]): number[] {
  let [correct, entropy] = [0, 0];
  targets.forEach((target, at) => {
    if (target < 0) return;
    const row = logits.slice(at * vocabulary, (at + 1) * vocabulary);
    const most = row.reduce((a, b) => Math.max(a, b));
    const powers = row.map((logit) => Math.exp(logit - most));
    const sum = powers.reduce((a, b) => a + b);
    if (row.indexOf(most) === target) correct++;
    for (const power of powers) if (power > 0) entropy -= (power / sum) * Math.log(power / sum);
  });
  return [correct, entropy];
}

const valuesOf = ({ sum, figures }: FiguredLoss): number[] =>
  [sum, figures.correct, figures.entropy].map((scalar) => scalar.dataSync()[0]!);

/** The value and the gradients of a loss by its inputs. */
function differentiated(
  run: (...inputs: tf.Tensor[]) => tf.Scalar,
  inputs: tf.Tensor[],
): ArrayLike<number>[] {
  return tf
    .tidy(() => tf.grads(run as (...inputs: tf.Tensor[]) => tf.Tensor)(inputs))
    .map((gradient) => gradient.dataSync());
}

for (const backend of backends) {
  describe(`the cross-entropy with figures on ${backend}`, () => {
    before(() => setBackend(backend));
    after(() => setBackend());

    // A vocabulary of more than one block of partial sums, and one that fills no vector.
    for (const vocabulary of [3, 9, 3001]) {
      const targets = [2, 0, -100, vocabulary - 1, 1];
      const values = normals(targets.length * vocabulary, vocabulary, 4);
      // The first target is right, and the second the first of a row of equal ones.
      values[2] = 40;
      values.fill(-3, vocabulary, 2 * vocabulary);
      // Of the last row all but one are impossible, or nearly.
      values.fill(-1e30, 4 * vocabulary);
      values[4 * vocabulary + 1] = 1;
      const [correct, entropy] = formula(values, vocabulary, targets);

      it(`gives loss, figures and gradient of logits of ${vocabulary} tokens`, () => {
        const logits = tf.tensor2d(values, [targets.length, vocabulary]);
        const [sum, ...figures] = valuesOf(crossEntropyWithFigures(logits, targets));
        assertClose(sum, crossEntropySum(logits, targets).dataSync(), 1e-6);
        assert.equal(figures[0], correct);
        assertClose(figures[1], entropy, 1e-5 * Math.max(1, entropy!));
        const [withFigures, without] = [crossEntropyWithFigures, undefined].map((figured) =>
          differentiated(
            (x) =>
              figured ? figured(x as tf.Tensor2D, targets).sum : crossEntropySum(x as tf.Tensor2D, targets),
            [logits],
          ),
        );
        assertClose(withFigures![0], without![0], 1e-6);
      });
    }

    it("takes the first of several largest logits for the prediction", () => {
      const logits = tf.tensor2d([1, 1, 0, 1, 1, 0], [2, 3]);
      assert.equal(valuesOf(crossEntropyWithFigures(logits, [0, 1]))[1], 1);
    });

    for (const [what, pack] of [
      ["a trained weight", undefined],
      [
        "a packed weight",
        (values: number[]) => packWeight(new Float32Array(values), [61, 16], { format: "nf4" }),
      ],
    ] as [string, ((values: number[]) => PackedWeight)?][]) {
      it(`gives the same of hidden states through ${what}`, function () {
        if (!hasLinearCrossEntropy()) this.skip();
        const targets = [3, 60, -100, 0];
        const hidden = tf.tensor2d(normals(4 * 16, 1), [4, 16]);
        const numbers = normals(61 * 16, 2);
        const packed = pack?.(numbers);
        const weight = packed ?? tf.tensor2d(numbers, [61, 16]);
        const full = packed ? unpackWeight(packed) : (weight as tf.Tensor2D);
        const options = { targets, trainsWeight: !packed };
        const [sum, ...figures] = valuesOf(linearCrossEntropyWithFigures(hidden, weight, options));
        const logits = tf.matMul<tf.Tensor2D>(hidden, full, false, true);
        assertClose(sum, crossEntropySum(logits, targets).dataSync(), 1e-5);
        assertClose(figures, formula(Array.from(logits.dataSync()), 61, targets), 3e-5);
        const inputs = packed ? [hidden] : [hidden, full];
        const through = (x: tf.Tensor, w?: tf.Tensor) =>
          [x, packed ?? w] as [tf.Tensor2D, tf.Tensor2D | PackedWeight];
        const withFigures = differentiated(
          (x, w) => linearCrossEntropyWithFigures(...through(x, w), options).sum,
          inputs,
        );
        const without = differentiated((x, w) => linearCrossEntropySum(...through(x, w), options), inputs);
        assert.equal(withFigures.length, without.length);
        withFigures.forEach((gradient, at) => assertClose(gradient, without[at], 1e-6));
      });
    }

    it("leaves no tensor behind", () => {
      const { numTensors } = tf.memory();
      tf.tidy(() => {
        const logits = tf.tensor2d(normals(6, 3), [2, 3]);
        tf.grad((x) => crossEntropyWithFigures(x as tf.Tensor2D, [0, 2]).sum)(logits);
      });
      assert.equal(tf.memory().numTensors, numTensors);
    });
  });
}

/** Every operation of lib/ops on every backend: values and gradients beside float64 formulas and their central differences. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import type * as float64 from "./float64.ts";
import { backends, normals, sizeOf, type OperationCase } from "./operation-case.ts";
import { cases } from "./operation-cases.ts";

/** Largest difference allowed, as a part of the largest number of the reference: 80 roundings of float32. */
const tolerance = 1e-5;
/** How far each input is moved: the third derivative and the rounding of float64 both cost less than 1e-9. */
const step = 1e-5;

const inputsOf = ({ shapes, spread = 1 }: OperationCase): number[][] =>
  shapes.map((shape, i) => normals(sizeOf(shape), 10 + i, spread));

/** The gradient of the result, weighted with `weights`, by every element of every input. */
function centralDifferences(one: OperationCase, weights: readonly number[]): number[][] {
  const inputs = inputsOf(one);
  const weighed = (): number => weights.reduce((sum, weight, i) => sum + weight * result[i]!, 0);
  let result: float64.Numbers = [];
  return inputs.map((input) =>
    input.map((value, i) => {
      const at = (moved: number): number => {
        input[i] = moved;
        result = one.define(...inputs);
        return weighed();
      };
      const slope = (at(value + step) - at(value - step)) / (2 * step);
      input[i] = value;
      return slope;
    }),
  );
}

const largest = (values: float64.Numbers): number => Math.max(...Array.from(values, Math.abs));

for (const backend of backends) {
  describe(`lib/ops on ${backend}`, () => {
    before(() => setBackend(backend));

    for (const one of cases) {
      if (one.backends && !one.backends.includes(backend)) continue;
      it(`${one.name} gives the values of its formula and the gradients of finite differences`, async () => {
        const inputs = inputsOf(one);
        const expected = Array.from(one.define(...inputs));
        const weights = normals(expected.length, 50);
        const tensors = tf.tidy(() => {
          const run = one.make();
          const xs = inputs.map((input, i) => tf.tensor(input, one.shapes[i]));
          const projection = (...all: tf.Tensor[]): tf.Scalar => {
            const y = run(...all);
            return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
          };
          return [run(...xs), ...tf.grads(projection)(xs)];
        });
        const [value, ...gradients] = await Promise.all(
          tensors.map(async (tensor) => Array.from(await tensor.data())),
        );
        assertClose(value, expected, tolerance * largest(expected), "value");
        gradients.forEach((_, i) => assert.deepEqual(tensors[i + 1]!.shape, one.shapes[i]));
        tf.dispose(tensors);
        centralDifferences(one, weights).forEach((slopes, i) =>
          assertClose(gradients[i], slopes, tolerance * largest(slopes), `gradient ${i}`),
        );
      });
    }
  });
}

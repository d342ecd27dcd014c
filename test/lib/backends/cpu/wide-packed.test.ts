/** Products through packed weights whose rows are longer than what a thread unpacks at once. */
import * as tf from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import { packedMatMul } from "../../../../lib/ops/index.ts";
import { setBackend } from "../../../../lib/tensor/index.ts";
import { packedExample } from "../../ops/packed-weights.ts";

describe("packedMatMul() on residency-cpu", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend());

  for (const format of ["bf16", "int8", "nf4"] as const) {
    it(`is that of float64, forward and transposed, when ${format} rows have 300,001 columns`, () => {
      const [rows, out, columns] = [2, 3, 300_001];
      const { make, values } = packedExample(format, [out, columns]);
      const weight = make();
      const x = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
      const dy = Float32Array.from({ length: rows * out }, (_, i) => Math.cos(i));
      const product = (values: Float32Array, transposed: boolean): Float32Array =>
        tf.tidy(() =>
          packedMatMul(tf.tensor2d(values, [rows, values.length / rows]), weight, { transposed })
            .dataSync()
            .slice(),
        ) as Float32Array;
      const forward = product(x, false);
      const transposed = product(dy, true);
      for (let row = 0; row < rows; row++) {
        for (let o = 0; o < out; o++) {
          let [sum, size] = [0, 0];
          for (let i = 0; i < columns; i++) {
            const term = x[row * columns + i]! * values[o * columns + i]!;
            sum += term;
            size += Math.abs(term);
          }
          assert.ok(Math.abs(forward[row * out + o]! - sum) < 1e-6 * size, `y[${row}, ${o}]`);
        }
        for (const i of [0, 131_071, 131_072, 262_144, columns - 1]) {
          let sum = 0;
          for (let o = 0; o < out; o++) sum += dy[row * out + o]! * values[o * columns + i]!;
          assert.ok(Math.abs(transposed[row * columns + i]! - sum) < 1e-5, `dx[${row}, ${i}]`);
        }
      }
      tf.dispose([weight.codes, weight.scales]);
    });
  }
});

/** Matrix products, square, in the four transpose cases: tfjs's own and the library's. */
import * as tf from "@tensorflow/tfjs-core";
import { matMul } from "../../lib/ops/index.ts";
import { forwardOperation, type Operation } from "./operation.ts";

const sizes = [64, 128, 256, 512, 1024, 2048];

const cases = [
  { name: "nn", transposeA: false, transposeB: false },
  { name: "nt", transposeA: false, transposeB: true },
  { name: "tn", transposeA: true, transposeB: false },
  { name: "tt", transposeA: true, transposeB: true },
];

/** Every product, smallest first in each case; `2 n³` floating-point operations each. */
export function matmulOperations(): Operation[] {
  return cases.flatMap(({ name, transposeA, transposeB }) =>
    (["tf.matMul", "matMul"] as const).flatMap((road) =>
      sizes.map((n) =>
        forwardOperation(
          { name: `${road} ${name}`, shape: `${n}x${n}x${n}`, unit: "GFLOP/s", work: 2 * n ** 3 },
          {
            inputs: [
              [n, n],
              [n, n],
            ],
            compute(inputs) {
              const [a, b] = inputs as [tf.Tensor2D, tf.Tensor2D];
              return road === "matMul"
                ? matMul(a, b, { transposeA, transposeB })
                : tf.matMul(a, b, transposeA, transposeB);
            },
          },
        ),
      ),
    ),
  );
}

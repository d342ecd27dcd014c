/** Row look-up in a table, with the scatter-add that is its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel } from "../backends/index.ts";
import { mayFuse, withGradient } from "./gradient.ts";

/**
 * Rows of x `[N, dim]` by number: `[indices.length, dim]`; rows asked for twice add their gradients.
 *
 * @example
 * takeRows(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([1], "int32")); // → [[3, 4]]
 */
export function takeRows(x: tf.Tensor2D, indices: tf.Tensor1D): tf.Tensor2D {
  const rows = x.shape[0];
  return withGradient(
    [x],
    ([table], save) => {
      save([indices]);
      return tf.gather(table!, indices);
    },
    (dy, [taken]) => [
      mayFuse("EmbeddingGrad")
        ? runFusedKernel("EmbeddingGrad", { dy, indices: taken! }, { rows })[0]!
        : tf.scatterND(tf.reshape(taken!, [-1, 1]), dy, x.shape),
    ],
  ) as tf.Tensor2D;
}

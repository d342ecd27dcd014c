/** GPT-2's linear layer `y = x W`, whose weight is stored `[in, out]`, frozen and trained, with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { view, withGradient } from "./gradient.ts";
import { asMatrix, matMul } from "./matmul.ts";
import { hasRank, lastExtent, shapeError } from "./shapes.ts";

/**
 * `x W` of x `[..., in]` and a weight `[in, out]`: the gradients are `dy Wᵀ` and, unless frozen, `xᵀ dy`.
 *
 * @throws ResidencyError E_SHAPE when the weight is no matrix or has another number of rows than x has columns.
 * @example
 * conv1d(tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [1]]), { frozen: true }); // → [[3]]
 */
export function conv1d(x: tf.Tensor, weight: tf.Tensor2D, { frozen }: { frozen: boolean }): tf.Tensor {
  const fits = x.shape.length > 0 && hasRank(weight, 2) && lastExtent(x) === weight.shape[0];
  if (!fits) throw shapeError("a Conv1D", { x, weight }, "x [..., in] and a weight [in, out]");
  return withGradient(
    frozen ? [x] : [x, weight],
    ([input], save) => {
      save(frozen ? [weight] : [weight, input!]);
      return view(matMul(asMatrix(input!), weight), [...x.shape.slice(0, -1), weight.shape[1]]);
    },
    (dy, [w, input]) => {
      const rows = asMatrix(dy);
      const dx = tf.reshape(matMul(rows, w as tf.Tensor2D, { transposeB: true }), x.shape);
      return frozen ? [dx] : [dx, matMul(asMatrix(input!), rows, { transposeA: true })];
    },
  );
}

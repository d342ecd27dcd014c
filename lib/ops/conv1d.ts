/** GPT-2's linear layer `y = x W`, whose weight is stored `[in, out]`, frozen and trained, with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";
import { asMatrix, matMul } from "./matmul.ts";

/** `x W` of x `[..., in]` and a weight `[in, out]`: the gradients are `dy Wᵀ` and, unless frozen, `xᵀ dy`. */
export function conv1d(x: tf.Tensor, weight: tf.Tensor2D, { frozen }: { frozen: boolean }): tf.Tensor {
  return withGradient(
    frozen ? [x] : [x, weight],
    ([input], save) => {
      save(frozen ? [weight] : [weight, input!]);
      return tf.reshape(matMul(asMatrix(input!), weight), [...x.shape.slice(0, -1), weight.shape[1]]);
    },
    (dy, [w, input]) => {
      const rows = asMatrix(dy);
      const dx = tf.reshape(matMul(rows, w as tf.Tensor2D, { transposeB: true }), x.shape);
      return frozen ? [dx] : [dx, matMul(asMatrix(input!), rows, { transposeA: true })];
    },
  );
}

/** Root-mean-square layer normalisation (Zhang and Sennrich, 2019) with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, mayRunDirectly, runFusedKernel } from "../backends/index.ts";
import { isTapeOn, matrixInfo, mayFuse, view, withGradient } from "./gradient.ts";
import { asMatrix } from "./matmul.ts";
import { lastExtent, shapeError } from "./shapes.ts";

/** How a norm is taken. */
export interface RmsNormOptions {
  eps: number;
  /** Whether the weight is left alone; then none of its gradient is computed. */
  frozen: boolean;
  /** Added to the weight: 1 for Gemma, else 0. */
  offset?: number;
}

/** `1 / sqrt(mean(x²) + eps)` of each row. */
function inverseOf(rows: tf.Tensor2D, eps: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(rows), -1, true), eps));
}

/** The composed gradients of rows x and weight, from dy: what the fused kernel computes in one pass. */
function composedGradient(
  dy: tf.Tensor2D,
  [x, weight, inverse]: [tf.Tensor2D, tf.Tensor1D, tf.Tensor],
  { frozen, offset }: { frozen: boolean; offset: number },
): tf.Tensor[] {
  const column = tf.reshape(inverse, [-1, 1]);
  const normalised = tf.mul(x, column);
  const scaled = tf.mul(dy, tf.add(weight, offset));
  const along = tf.mean(tf.mul(scaled, normalised), -1, true);
  const dx = tf.mul(tf.sub(scaled, tf.mul(normalised, along)), column);
  return frozen ? [dx] : [dx, tf.sum(tf.mul(dy, normalised), 0)];
}

/**
 * `x · (weight + offset) / sqrt(mean(x²) + eps)` over the last dimension of x `[..., dim]`; weight is `[dim]`.
 *
 * @throws ResidencyError E_SHAPE when the weight has another length.
 * @example
 * rmsNorm(tf.tensor2d([[3, 4]]), tf.tensor1d([1, 1]), { eps: 0, frozen: true }); // → [[0.849, 1.131]]
 */
export function rmsNorm(
  x: tf.Tensor,
  weight: tf.Tensor1D,
  { eps, frozen, offset = 0 }: RmsNormOptions,
): tf.Tensor {
  const fits = x.shape.length > 0 && weight.size === lastExtent(x);
  if (!fits) throw shapeError("an RMS norm", { x, weight }, "x [..., dim] and a weight [dim]");
  if (mayRunDirectly() && hasFusedKernel("RmsNorm")) {
    const [y, inverse] = runFusedKernel("RmsNorm", { x: matrixInfo(x), weight }, { eps, offset }, x.shape);
    inverse!.dispose();
    return y!;
  }
  return withGradient(
    frozen ? [x] : [x, weight],
    ([input], save) => {
      const rows = asMatrix(input!);
      if (hasFusedKernel("RmsNorm")) {
        const [y, inverse] = runFusedKernel("RmsNorm", { x: rows, weight }, { eps, offset });
        save([input!, weight, inverse!]);
        return view(y!, x.shape);
      }
      const inverse = inverseOf(rows, eps);
      save([input!, weight, inverse]);
      return tf.reshape(tf.mul(tf.mul(rows, inverse), tf.add(weight, offset)), x.shape);
    },
    (dy, saved) => {
      const [input, scale, savedInverse] = saved as [tf.Tensor, tf.Tensor1D, tf.Tensor];
      const rows = asMatrix(input);
      const inverse = isTapeOn() ? inverseOf(rows, eps) : savedInverse;
      const gradient = asMatrix(dy);
      const [dx, ...dweight] = mayFuse("RmsNormGrad")
        ? runFusedKernel(
            "RmsNormGrad",
            { dy: gradient, x: rows, weight: scale, inverse },
            { offset, trainsWeight: !frozen },
          )
        : composedGradient(gradient, [rows, scale, inverse], { frozen, offset });
      return [view(dx!, x.shape), ...dweight];
    },
  );
}

/** Layer normalisation (Ba, Kiros and Hinton, 2016) with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel } from "../backends/index.ts";
import { isTapeOn, mayFuse, withGradient } from "./gradient.ts";
import { asMatrix } from "./matmul.ts";
import { lastExtent, shapeError } from "./shapes.ts";

/** The trained or frozen vectors of a layer norm, `[dim]` each. */
export interface LayerNormWeights {
  weight: tf.Tensor1D;
  bias: tf.Tensor1D;
}

/** The mean of each row, and `1 / sqrt(variance + eps)`. */
function moments(rows: tf.Tensor2D, eps: number): [tf.Tensor, tf.Tensor] {
  const mean = tf.mean(rows, -1, true);
  const variance = tf.mean(tf.square(tf.sub(rows, mean)), -1, true);
  return [mean, tf.rsqrt(tf.add(variance, eps))];
}

function composedForward(rows: tf.Tensor2D, { weight, bias }: LayerNormWeights, eps: number): tf.Tensor[] {
  const [mean, inverse] = moments(rows, eps);
  return [tf.add(tf.mul(tf.mul(tf.sub(rows, mean), inverse), weight), bias), mean, inverse];
}

function composedGradient(
  dy: tf.Tensor2D,
  [x, weight, mean, inverse]: [tf.Tensor2D, tf.Tensor1D, tf.Tensor, tf.Tensor],
  frozen: boolean,
): tf.Tensor[] {
  const column = tf.reshape(inverse, [-1, 1]);
  const normalised = tf.mul(tf.sub(x, tf.reshape(mean, [-1, 1])), column);
  const scaled = tf.mul(dy, weight);
  const along = tf.mean(tf.mul(scaled, normalised), -1, true);
  const centred = tf.sub(scaled, tf.mean(scaled, -1, true));
  const dx = tf.mul(tf.sub(centred, tf.mul(normalised, along)), column);
  return frozen ? [dx] : [dx, tf.sum(tf.mul(dy, normalised), 0), tf.sum(dy, 0)];
}

/**
 * `(x - mean) / sqrt(variance + eps) · weight + bias` over the last dimension of x `[..., dim]`.
 *
 * @throws ResidencyError E_SHAPE when weight or bias has another length.
 * @example
 * const weights = { weight: tf.tensor1d([1, 1]), bias: tf.tensor1d([0, 0]) };
 * layerNorm(tf.tensor2d([[1, 3]]), weights, { eps: 0, frozen: true }); // → [[-1, 1]]
 */
export function layerNorm(
  x: tf.Tensor,
  { weight, bias }: LayerNormWeights,
  { eps, frozen }: { eps: number; frozen: boolean },
): tf.Tensor {
  const dim = lastExtent(x);
  const fits = x.shape.length > 0 && weight.size === dim && bias.size === dim;
  if (!fits)
    throw shapeError("a layer norm", { x, weight, bias }, "x [..., dim], a weight [dim] and a bias [dim]");
  return withGradient(
    frozen ? [x] : [x, weight, bias],
    ([input], save) => {
      const rows = asMatrix(input!);
      const [y, mean, inverse] = hasFusedKernel("LayerNorm")
        ? runFusedKernel("LayerNorm", { x: rows, weight, bias }, { eps })
        : composedForward(rows, { weight, bias }, eps);
      save([input!, weight, mean!, inverse!]);
      return tf.reshape(y!, x.shape);
    },
    (dy, saved) => {
      const [input, scale, ...ofForward] = saved as [tf.Tensor, tf.Tensor1D, tf.Tensor, tf.Tensor];
      const rows = asMatrix(input);
      const [mean, inverse] = isTapeOn() ? moments(rows, eps) : ofForward;
      const gradient = asMatrix(dy);
      const [dx, ...ofWeights] = mayFuse("LayerNormGrad")
        ? runFusedKernel(
            "LayerNormGrad",
            { dy: gradient, x: rows, weight: scale, mean, inverse },
            { trainsWeight: !frozen },
          )
        : composedGradient(gradient, [rows, scale, mean, inverse], frozen);
      return [tf.reshape(dx!, x.shape), ...ofWeights];
    },
  );
}

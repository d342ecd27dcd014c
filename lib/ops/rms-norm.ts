/** Root-mean-square layer normalisation (Zhang and Sennrich, 2019) with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./linear.ts";

/**
 * `x · weight / sqrt(mean(x²) + eps)` over the last dimension of x `[..., dim]`; weight is `[dim]`.
 *
 * With `frozen`, the weight gets no gradient and none is computed.
 */
export function rmsNorm(
  x: tf.Tensor,
  weight: tf.Tensor1D,
  { eps, frozen }: { eps: number; frozen: boolean },
): tf.Tensor {
  const forward = (input: tf.Tensor, save: (tensors: tf.Tensor[]) => void): tf.Tensor => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), eps));
    const normalised = tf.mul(input, inverse);
    save([normalised, inverse]);
    return tf.mul(normalised, weight);
  };
  const inputGradient = (dy: tf.Tensor, normalised: tf.Tensor, inverse: tf.Tensor): tf.Tensor => {
    const scaled = tf.mul(dy, weight);
    const along = tf.mean(tf.mul(scaled, normalised), -1, true);
    return tf.mul(tf.sub(scaled, tf.mul(normalised, along)), inverse);
  };
  if (frozen) {
    return withGradient(
      [x],
      ([input], save) => forward(input!, save),
      (dy, [normalised, inverse]) => [inputGradient(dy, normalised!, inverse!)],
    );
  }
  return withGradient(
    [x, weight],
    ([input], save) => forward(input!, save),
    (dy, [normalised, inverse]) => {
      const product = tf.mul(dy, normalised!);
      return [inputGradient(dy, normalised!, inverse!), tf.sum(tf.reshape(product, [-1, weight.size]), 0)];
    },
  );
}

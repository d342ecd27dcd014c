/** What an optimiser does to one parameter: AdamW's step and the norm of all gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel, type FusedKernels } from "../backends/index.ts";

/** A parameter and its running means, one shape. */
export interface AdamWState {
  value: tf.Tensor;
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** The numbers of one step; `step` counts from 1, the gradient is read as `gradient · gradientScale`. */
export type AdamWStepOptions = FusedKernels["AdamW"]["attributes"];

/**
 * One step of AdamW (Loshchilov and Hutter, 2019), in place where the backend can: then the tensors that come back are
 * those that went in, else they are new ones and the caller disposes of the old.
 */
export function adamWStep(state: AdamWState, gradient: tf.Tensor, options: AdamWStepOptions): AdamWState {
  if (hasFusedKernel("AdamW")) {
    runFusedKernel("AdamW", { ...state, gradient }, options);
    return state;
  }
  const { learningRate, beta1, beta2, eps, weightDecay, step, gradientScale } = options;
  const [value, mean, variance] = tf.tidy(() => {
    const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
    const mean = tf.add(tf.mul(state.mean, beta1), tf.mul(scaled, 1 - beta1));
    const variance = tf.add(tf.mul(state.variance, beta2), tf.mul(tf.square(scaled), 1 - beta2));
    const denominator = tf.add(tf.div(tf.sqrt(variance), Math.sqrt(1 - beta2 ** step)), eps);
    const update = tf.mul(tf.div(mean, denominator), learningRate / (1 - beta1 ** step));
    const decayed = weightDecay > 0 ? tf.mul(state.value, 1 - learningRate * weightDecay) : state.value;
    return [tf.sub(decayed, update), mean, variance] as const;
  }) as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { value, mean, variance };
}

/** The Euclidean norm of all tensors as one vector, a scalar. */
export function globalNorm(tensors: Iterable<tf.Tensor>): tf.Scalar {
  return tf.tidy(() => {
    const all = [...tensors];
    const squares = hasFusedKernel("SquaredNorm")
      ? runFusedKernel("SquaredNorm", Object.fromEntries(all.map((tensor, i) => [i, tensor])), {})[0]!
      : tf.addN(all.map((tensor) => tf.sum(tf.square(tensor))));
    return tf.sqrt(squares) as tf.Scalar;
  });
}

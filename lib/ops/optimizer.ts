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
 *
 * @example
 * const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, step: 1, gradientScale: 1 };
 * const state = { value: tf.tensor1d([1]), mean: tf.zeros([1]), variance: tf.zeros([1]) };
 * adamWStep(state, tf.tensor1d([2]), options).value; // → [0.9]
 */
export function adamWStep(state: AdamWState, gradient: tf.Tensor, options: AdamWStepOptions): AdamWState {
  if (hasFusedKernel("AdamW")) {
    runFusedKernel("AdamW", { ...state, gradient }, options);
    return state;
  }
  const [value, mean, variance] = tf.tidy(() => {
    const { mean, variance } = movedMeans(state, gradient, options);
    return [movedValue(state.value, { mean, variance }, options), mean, variance] as const;
  });
  return { value, mean, variance };
}

/** The running means of the gradient and of its square behind a step. */
function movedMeans(
  { mean, variance }: Pick<AdamWState, "mean" | "variance">,
  gradient: tf.Tensor,
  { beta1, beta2, gradientScale }: AdamWStepOptions,
): Pick<AdamWState, "mean" | "variance"> {
  const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
  return {
    mean: tf.add(tf.mul(mean, beta1), tf.mul(scaled, 1 - beta1)),
    variance: tf.add(tf.mul(variance, beta2), tf.mul(tf.square(scaled), 1 - beta2)),
  };
}

/** The parameter behind a step along these means. */
function movedValue(
  value: tf.Tensor,
  { mean, variance }: Pick<AdamWState, "mean" | "variance">,
  { learningRate, beta1, beta2, eps, weightDecay, step }: AdamWStepOptions,
): tf.Tensor {
  const denominator = tf.add(tf.div(tf.sqrt(variance), Math.sqrt(1 - beta2 ** step)), eps);
  const update = tf.mul(tf.div(mean, denominator), learningRate / (1 - beta1 ** step));
  return tf.sub(weightDecay > 0 ? tf.mul(value, 1 - learningRate * weightDecay) : value, update);
}

/** AdamW's state and the largest variance so far. */
export interface AmsgradState extends AdamWState {
  largest: tf.Tensor;
}

/**
 * One step of AMSGrad (Reddi et al., 2018) with AdamW's decay, as new tensors; the caller disposes of the old.
 *
 * @example
 * const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, step: 1, gradientScale: 1 };
 * const state = { value: tf.tensor1d([1]), mean: tf.zeros([1]), variance: tf.zeros([1]), largest: tf.zeros([1]) };
 * amsgradStep(state, tf.tensor1d([2]), options).value; // → [0.9]
 */
export function amsgradStep(
  state: AmsgradState,
  gradient: tf.Tensor,
  options: AdamWStepOptions,
): AmsgradState {
  const [value, mean, variance, largest] = tf.tidy(() => {
    const { mean, variance } = movedMeans(state, gradient, options);
    const largest = tf.maximum(state.largest, variance);
    return [movedValue(state.value, { mean, variance: largest }, options), mean, variance, largest] as const;
  });
  return { value, mean, variance, largest };
}

/**
 * The Euclidean norm of all tensors as one vector, a scalar.
 *
 * @example
 * globalNorm([tf.tensor1d([3]), tf.tensor1d([4])]); // → 5
 */
export function globalNorm(tensors: Iterable<tf.Tensor>): tf.Scalar {
  return tf.tidy(() => {
    const all = [...tensors];
    const squares = hasFusedKernel("SquaredNorm")
      ? runFusedKernel("SquaredNorm", Object.fromEntries(all.map((tensor, i) => [i, tensor])), {})[0]!
      : tf.addN(all.map((tensor) => tf.sum(tf.square(tensor))));
    return tf.sqrt(squares) as tf.Scalar;
  });
}

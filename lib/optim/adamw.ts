/** AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), step for step as torch.optim.AdamW. */
import * as tf from "@tensorflow/tfjs-core";
import type { Parameter } from "../nn/index.ts";
import { adamWStep, amsgradStep } from "../ops/index.ts";
import { checkHyperparameters, ParameterOptimizer, type ParameterOptions } from "./parameter-optimizer.ts";
import type { UpdateRule } from "./update-rule.ts";

/** The hyperparameters of Adam; the defaults are those of transformers' TrainingArguments. */
export interface AdamOptions extends ParameterOptions {
  beta1?: number | undefined;
  beta2?: number | undefined;
  eps?: number | undefined;
  /** Divides by the largest variance so far (Reddi et al., 2018), which is one more number a weight. */
  amsgrad?: boolean | undefined;
}

/** The hyperparameters; `weightDecay` is taken of a unit of learning rate. */
export type AdamWOptions = AdamOptions;

/** The moments of Adam with every default in place. */
export interface AdamMoments {
  beta1: number;
  beta2: number;
  eps: number;
}

/**
 * The hyperparameters with their defaults.
 *
 * @throws ResidencyError E_CONFIG for one outside its range.
 */
export function adamMoments({ beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamOptions): AdamMoments {
  checkHyperparameters([
    ["beta1", beta1, 1],
    ["beta2", beta2, 1],
    ["eps", eps, Infinity],
  ]);
  return { beta1, beta2, eps };
}

/** The rule of AdamW, or with `decoupled: false` of Adam, whose decay is part of the gradient. */
export function adamRule(options: AdamOptions, { decoupled }: { decoupled: boolean }): UpdateRule {
  const moments = adamMoments(options);
  const { amsgrad = false } = options;
  return {
    name: decoupled ? "AdamW" : "Adam",
    layout(_, shape) {
      const part = { shape, dtype: "float32" } as const;
      return { exp_avg: part, exp_avg_sq: part, ...(amsgrad && { max_exp_avg_sq: part }) };
    },
    update({ value, gradient, gradientScale, state, learningRate, weightDecay, step }) {
      const decaysGradient = !decoupled && weightDecay > 0;
      const used = decaysGradient
        ? tf.tidy(() => tf.add(tf.mul(gradient, gradientScale), tf.mul(value, weightDecay)))
        : gradient;
      const numbers = {
        ...moments,
        learningRate,
        step,
        weightDecay: decoupled ? weightDecay : 0,
        gradientScale: decaysGradient ? 1 : gradientScale,
      };
      const old = { value, mean: state["exp_avg"]!, variance: state["exp_avg_sq"]! };
      const largest = state["max_exp_avg_sq"];
      const next = largest
        ? amsgradStep({ ...old, largest }, used, numbers)
        : { ...adamWStep(old, used, numbers), largest };
      if (used !== gradient) used.dispose();
      return {
        value: next.value,
        state: {
          exp_avg: next.mean,
          exp_avg_sq: next.variance,
          ...(next.largest && { max_exp_avg_sq: next.largest }),
        },
      };
    },
  };
}

/**
 * AdamW over named parameters.
 *
 * @example
 * const weight = new Parameter([1]);
 * weight.assign(tf.tensor1d([1]));
 * new AdamW(new Map([["weight", weight]])).step(new Map([["weight", tf.tensor1d([2])]]), 0.1);
 * weight.value; // → [0.9]
 */
export class AdamW extends ParameterOptimizer {
  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamWOptions = {}) {
    super(parameters, adamRule(options, { decoupled: true }), options);
  }
}

/**
 * Adam (Kingma and Ba, 2015) over named parameters, as torch.optim.Adam: `weightDecay` is added to the gradient.
 *
 * @example
 * const weight = new Parameter([1]);
 * weight.assign(tf.tensor1d([1]));
 * new Adam(new Map([["weight", weight]])).step(new Map([["weight", tf.tensor1d([2])]]), 0.1);
 * weight.value; // → [0.9]
 */
export class Adam extends ParameterOptimizer {
  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters, adamRule(options, { decoupled: false }), options);
  }
}

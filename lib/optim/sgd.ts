/** Stochastic gradient descent with momentum, Nesterov's too, step for step as torch.optim.SGD. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import { checkHyperparameters, ParameterOptimizer, type ParameterOptions } from "./parameter-optimizer.ts";
import type { UpdateRule } from "./update-rule.ts";

/** The hyperparameters, with PyTorch's defaults; `weightDecay` is added to the gradient. */
export interface SGDOptions extends ParameterOptions {
  /** How much of the last step is kept; 0 keeps no state at all. */
  momentum?: number | undefined;
  /** Looks ahead along the momentum (Sutskever et al., 2013). */
  nesterov?: boolean | undefined;
}

function sgdRule({ momentum = 0, nesterov = false }: SGDOptions): UpdateRule {
  checkHyperparameters([["momentum", momentum, 1]]);
  if (nesterov && momentum === 0) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot optimise with nesterov and momentum 0: Nesterov's step is one along the momentum, which must be above 0",
    );
  }
  return {
    name: "SGD",
    layout: (_, shape) => (momentum > 0 ? { momentum_buffer: { shape, dtype: "float32" } } : {}),
    update({ value, gradient, gradientScale, state, learningRate, weightDecay }) {
      const [next, buffer] = tf.tidy(() => {
        const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
        const slope = weightDecay > 0 ? tf.add(scaled, tf.mul(value, weightDecay)) : scaled;
        const old = state["momentum_buffer"];
        if (!old) return [tf.sub(value, tf.mul(slope, learningRate))];
        const speed = tf.add(tf.mul(old, momentum), slope);
        const direction = nesterov ? tf.add(slope, tf.mul(speed, momentum)) : speed;
        return [tf.sub(value, tf.mul(direction, learningRate)), speed];
      }) as [tf.Tensor, tf.Tensor?];
      return { value: next, state: buffer ? { momentum_buffer: buffer } : {} };
    },
  };
}

/**
 * SGD over named parameters.
 *
 * @example
 * const weight = new Parameter([1]);
 * weight.assign(tf.tensor1d([1]));
 * new SGD(new Map([["weight", weight]])).step(new Map([["weight", tf.tensor1d([2])]]), 0.1);
 * weight.value; // → [0.8]
 */
export class SGD extends ParameterOptimizer {
  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: SGDOptions = {}) {
    super(parameters, sgdRule(options), options);
  }
}

/** AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), step for step as torch.optim.AdamW. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";

/** The hyperparameters; the defaults are those of transformers' TrainingArguments. */
export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  eps?: number;
  /** Decay a unit of learning rate of the parameters that `decays` accepts. */
  weightDecay?: number;
  /** Which parameters decay, by name; biases and norm weights do not when left out. */
  decays?: (name: string) => boolean;
}

/** The running means of one parameter. */
interface Moments {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** Transformers' rule: everything decays but biases and the weights of norms. */
const decaysByDefault = (name: string): boolean => !/bias$|norm\w*\.weight$|\bln_\w+\.weight$/.test(name);

/** The state of an optimiser over named parameters. */
export class AdamW {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #options: Required<AdamWOptions>;
  readonly #moments = new Map<string, Moments>();
  #steps = 0;

  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamWOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0, decays = decaysByDefault } = options;
    for (const [name, value, most] of [
      ["beta1", beta1, 1],
      ["beta2", beta2, 1],
      ["eps", eps, Infinity],
      ["weightDecay", weightDecay, Infinity],
    ] as const) {
      if (!(value >= 0 && value < most)) {
        throw new ResidencyError(
          "E_CONFIG",
          `Cannot optimise with ${name} ${value}: it must be in [0, ${most})`,
        );
      }
    }
    this.#parameters = parameters;
    this.#options = { beta1, beta2, eps, weightDecay, decays };
  }

  /** How many steps were made. */
  get steps(): number {
    return this.#steps;
  }

  /** Changes every parameter that has a gradient; the gradients stay the caller's. */
  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    this.#steps += 1;
    for (const [name, gradient] of gradients) {
      const parameter = this.#parameters.get(name);
      if (parameter) this.#update(name, parameter, gradient, learningRate);
    }
  }

  #update(name: string, parameter: Parameter, gradient: tf.Tensor, learningRate: number): void {
    const { beta1, beta2, eps, weightDecay, decays } = this.#options;
    const old = this.#moments.get(name);
    const [value, mean, variance] = tf.tidy(() => {
      const square = tf.mul(tf.square(gradient), 1 - beta2);
      const mean = old
        ? tf.add(tf.mul(old.mean, beta1), tf.mul(gradient, 1 - beta1))
        : tf.mul(gradient, 1 - beta1);
      const variance = old ? tf.add(tf.mul(old.variance, beta2), square) : square;
      const denominator = tf.add(tf.div(tf.sqrt(variance), Math.sqrt(1 - beta2 ** this.#steps)), eps);
      const update = tf.mul(tf.div(mean, denominator), learningRate / (1 - beta1 ** this.#steps));
      const decayed =
        weightDecay > 0 && decays(name)
          ? tf.mul(parameter.value, 1 - learningRate * weightDecay)
          : parameter.value;
      return [tf.sub(decayed, update), tf.keep(mean), tf.keep(variance)] as const;
    }) as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    old?.mean.dispose();
    old?.variance.dispose();
    this.#moments.set(name, { mean, variance });
    parameter.assign(value);
  }

  /** Gives the memory of the running means back. */
  dispose(): void {
    for (const { mean, variance } of this.#moments.values()) tf.dispose([mean, variance]);
    this.#moments.clear();
  }
}

/** AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), step for step as torch.optim.AdamW. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import { adamWStep } from "../ops/index.ts";
import type { Optimizer, OptimizerState, StateTensor } from "./optimizer.ts";

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

/** Transformers' rule: everything decays but biases and the weights of norms. */
const decaysByDefault = (name: string): boolean => !/bias$|norm\w*\.weight$|\bln_\w+\.weight$/.test(name);

/** AdamW over named parameters. */
export class AdamW implements Optimizer {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #options: Required<AdamWOptions>;
  readonly #moments = new Map<string, { mean: tf.Tensor; variance: tf.Tensor }>();
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

  get steps(): number {
    return this.#steps;
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number, gradientScale = 1): void {
    this.#steps += 1;
    for (const [name, gradient] of gradients) {
      const parameter = this.#parameters.get(name);
      if (parameter) this.#update(name, parameter, gradient, { learningRate, gradientScale });
    }
  }

  #update(
    name: string,
    parameter: Parameter,
    gradient: tf.Tensor,
    { learningRate, gradientScale }: { learningRate: number; gradientScale: number },
  ): void {
    const { beta1, beta2, eps, weightDecay, decays } = this.#options;
    const old = this.#moments.get(name) ?? {
      mean: tf.keep(tf.zerosLike(gradient)),
      variance: tf.keep(tf.zerosLike(gradient)),
    };
    const { value, mean, variance } = adamWStep({ value: parameter.value, ...old }, gradient, {
      learningRate,
      beta1,
      beta2,
      eps,
      weightDecay: decays(name) ? weightDecay : 0,
      step: this.#steps,
      gradientScale,
    });
    if (mean !== old.mean) tf.dispose([old.mean, old.variance]);
    this.#moments.set(name, { mean: tf.keep(mean), variance: tf.keep(variance) });
    if (value === parameter.value) parameter.changed();
    else parameter.assign(value);
  }

  async stateDict(): Promise<OptimizerState> {
    const tensors = new Map<string, StateTensor>();
    const store = async (name: string, { shape, data }: { shape: number[]; data: Promise<unknown> }) =>
      // A copy: the backend may hand out a view of memory that the next step writes to.
      tensors.set(name, { shape, data: (await (data as Promise<Float32Array>)).slice() });
    for (const [name, { mean, variance }] of this.#moments) {
      await store(`${name}.exp_avg`, { shape: mean.shape, data: mean.data() });
      await store(`${name}.exp_avg_sq`, { shape: variance.shape, data: variance.data() });
    }
    return { steps: this.#steps, tensors };
  }

  loadStateDict({ steps, tensors }: OptimizerState): void {
    const names = new Set([...tensors.keys()].map((key) => key.replace(/\.exp_avg(_sq)?$/, "")));
    for (const name of names) {
      const shape = this.#parameters.get(name)?.shape;
      const parts = [tensors.get(`${name}.exp_avg`), tensors.get(`${name}.exp_avg_sq`)];
      if (
        !shape ||
        parts.some((part) => part?.shape.join() !== shape.join() || part.data instanceof Uint8Array)
      ) {
        throw new ResidencyError(
          "E_CHECKPOINT",
          `Cannot load the state of AdamW: "${name}" is no trained parameter here, or its running means are not two float32 tensors of its shape`,
        );
      }
    }
    this.dispose();
    this.#steps = steps;
    for (const name of names) {
      const load = (part: string): tf.Tensor => {
        const { shape, data } = tensors.get(`${name}.${part}`)!;
        return tf.keep(tf.tensor(data.slice(), [...shape], "float32"));
      };
      this.#moments.set(name, { mean: load("exp_avg"), variance: load("exp_avg_sq") });
    }
  }

  dispose(): void {
    for (const { mean, variance } of this.#moments.values()) tf.dispose([mean, variance]);
    this.#moments.clear();
  }
}

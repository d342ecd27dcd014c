/** The part that all optimisers share: steps over named parameters, their groups, and the state for a checkpoint. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import type { Optimizer, OptimizerState, StateTensor } from "./optimizer.ts";
import type { StatePages } from "./pages.ts";
import { decays } from "./parameter-groups.ts";
import { exportState, importState, layoutFault, type StateLayout } from "./state-layout.ts";
import { pagedStates, residentStates, type StateStore } from "./state-store.ts";
import type { UpdateRule } from "./update-rule.ts";

/** Options that every optimiser takes. */
export interface ParameterOptions {
  /** Decay of the parameters that `decays` accepts; the optimiser says what it is a share of. */
  weightDecay?: number | undefined;
  /** Which parameters decay, by name; biases and norm weights do not when left out. */
  decays?: ((name: string) => boolean) | undefined;
  /** What the learning rate of a parameter is multiplied by; 1 when left out. */
  learningRateFactor?: ((name: string, shape: readonly number[]) => number) | undefined;
  /** Keeps the state in these pages, and in the backend's memory only while a parameter is stepped. */
  pages?: StatePages | undefined;
}

/**
 * Passes when every number lies in `[0, most)`.
 *
 * @throws ResidencyError E_CONFIG otherwise.
 */
export function checkHyperparameters(
  values: readonly (readonly [name: string, value: number, most: number])[],
): void {
  for (const [name, value, most] of values) {
    if (!(value >= 0 && value < most)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot optimise with ${name} ${value}: it must be in [0, ${most})`,
      );
    }
  }
}

/**
 * An optimiser over named parameters; its rule says which one.
 *
 * @example
 * const optimizer: ParameterOptimizer = new AdamW(peft.root.trainableParameters(), { weightDecay: 0.01 });
 * optimizer.steps; // → 0
 */
export class ParameterOptimizer implements Optimizer {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #rule: UpdateRule;
  readonly #options: {
    weightDecay: number;
    decays: NonNullable<ParameterOptions["decays"]>;
    learningRateFactor: NonNullable<ParameterOptions["learningRateFactor"]>;
  };
  readonly #states: StateStore;
  #steps = 0;

  /** @throws ResidencyError E_CONFIG for a weight decay outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, rule: UpdateRule, options: ParameterOptions = {}) {
    const { weightDecay = 0, learningRateFactor = () => 1, pages } = options;
    checkHyperparameters([["weightDecay", weightDecay, Infinity]]);
    this.#parameters = parameters;
    this.#rule = rule;
    this.#options = { weightDecay, decays: options.decays ?? decays, learningRateFactor };
    this.#states = pages ? pagedStates(pages) : residentStates();
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

  #layout(name: string, { shape }: Parameter): StateLayout {
    return this.#rule.layout(name, shape);
  }

  #update(
    name: string,
    parameter: Parameter,
    gradient: tf.Tensor,
    { learningRate, gradientScale }: { learningRate: number; gradientScale: number },
  ): void {
    const { weightDecay, decays: decaysOf, learningRateFactor } = this.#options;
    const state = this.#states.bringIn(name, this.#layout(name, parameter));
    // A clone shares its numbers: a step in place would change the tensor that it was made from, too.
    if (tf.backend().refCount(parameter.value.dataId) > 1) parameter.assign(tf.mul(parameter.value, 1));
    const updated = this.#rule.update({
      value: parameter.value,
      gradient,
      gradientScale,
      state,
      learningRate: learningRate * learningRateFactor(name, parameter.shape),
      weightDecay: decaysOf(name) ? weightDecay : 0,
      step: this.#steps,
    });
    this.#states.putBack(name, updated.state);
    if (updated.value === parameter.value) parameter.changed();
    else parameter.assign(updated.value);
  }

  async stateDict(): Promise<OptimizerState> {
    const tensors = new Map<string, StateTensor>();
    for (const name of this.#states.names()) {
      const layout = this.#layout(name, this.#parameters.get(name)!);
      const values = await this.#states.values(name, layout);
      for (const [part, tensor] of exportState(layout, values)) tensors.set(`${name}.${part}`, tensor);
    }
    return { steps: this.#steps, tensors };
  }

  loadStateDict({ steps, tensors }: OptimizerState): void {
    const states = new Map<string, Map<string, StateTensor>>();
    for (const [key, tensor] of tensors) {
      const cut = key.lastIndexOf(".");
      const [name, part] = [key.slice(0, cut), key.slice(cut + 1)];
      states.set(name, (states.get(name) ?? new Map<string, StateTensor>()).set(part, tensor));
    }
    for (const [name, parts] of states) {
      const parameter = this.#parameters.get(name);
      const fault = parameter
        ? layoutFault(this.#layout(name, parameter), parts)
        : `no trained parameter has this name (there are ${this.#parameters.size})`;
      if (fault !== undefined) {
        throw new ResidencyError(
          "E_CHECKPOINT",
          `Cannot load the state of ${this.#rule.name} for "${name}": ${fault}. Go on with the model and the optimiser that the ` +
            "state was made with",
        );
      }
    }
    this.#states.dispose();
    this.#steps = steps;
    for (const [name, parts] of states) {
      const layout = this.#layout(name, this.#parameters.get(name)!);
      this.#states.load(name, layout, importState(layout, parts));
    }
  }

  dispose(): void {
    this.#states.dispose();
    this.#rule.dispose?.();
  }
}

/** What every optimiser offers, whatever its rule: a step, and its state for a checkpoint. */
import type * as tf from "@tensorflow/tfjs-core";

/** One tensor of an optimiser's state. */
export interface StateTensor {
  shape: readonly number[];
  data: Float32Array | Uint8Array;
}

/** All that an optimiser remembers: with it and the parameters a run goes on as if it had not stopped. */
export interface OptimizerState {
  /** Steps made. */
  steps: number;
  /** Under PyTorch's names behind the parameter's: `model.norm.weight.exp_avg`. */
  tensors: ReadonlyMap<string, StateTensor>;
}

/** Changes parameters by their gradients. */
export interface Optimizer {
  /** How many steps were made. */
  readonly steps: number;
  /**
   * Changes every parameter that has a gradient; the gradients stay the caller's, and are read as
   * `gradient · gradientScale`, by which they can be clipped.
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number, gradientScale?: number): void;
  /** A copy of the state. */
  stateDict(): Promise<OptimizerState>;
  /**
   * Takes over a state, bit for bit.
   *
   * @throws ResidencyError E_CHECKPOINT when it names other parameters, or shapes that are not theirs.
   */
  loadStateDict(state: OptimizerState): void;
  /** Gives the memory of the state back. */
  dispose(): void;
}

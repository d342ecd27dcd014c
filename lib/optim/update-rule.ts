/** What tells one optimiser from another: the state it keeps of a parameter, and how a step changes both. */
import type * as tf from "@tensorflow/tfjs-core";
import type { StateLayout, StateTensors } from "./state-layout.ts";

/** One parameter at one step. */
export interface ParameterStep {
  value: tf.Tensor;
  /** Read as `gradient · gradientScale`; it stays the caller's. */
  gradient: tf.Tensor;
  gradientScale: number;
  /** All zeros before the first step. */
  state: StateTensors;
  learningRate: number;
  /** 0 for a parameter that does not decay. */
  weightDecay: number;
  /** The number of this step, counted from 1. */
  step: number;
}

/** A parameter behind the step; tensors that were changed in place are those that went in. */
export interface UpdatedParameter {
  value: tf.Tensor;
  state: StateTensors;
}

/** The rule of an optimiser. */
export interface UpdateRule {
  /** The optimiser's name, for errors. */
  readonly name: string;
  /** What is kept of a parameter. */
  layout(name: string, shape: readonly number[]): StateLayout;
  /** Makes the step. New tensors may belong to a scope of tfjs; the caller keeps them. */
  update(parameter: ParameterStep): UpdatedParameter;
  /** Gives back what the rule itself holds. */
  dispose?(): void;
}

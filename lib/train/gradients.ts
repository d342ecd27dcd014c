/** The loss of a batch and its gradients with respect to named parameters. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Parameter } from "../nn/index.ts";
import { differentiate } from "../ops/index.ts";

/** A loss and one gradient a parameter, under the parameters' names; the caller disposes of all. */
export interface ValueAndGradients {
  value: tf.Scalar;
  gradients: Map<string, tf.Tensor>;
}

/**
 * Runs `loss` with the tape on and differentiates it. A parameter that the loss does not depend on is absent from the
 * result.
 *
 * @example
 * const inputIds = [[5, 6, 7]];
 * const { value, gradients } = valueAndGradients(
 *   () => peft.summedLoss({ inputIds, labels: inputIds }).sum,
 *   peft.root.trainableParameters(),
 * );
 * gradients.size; // → 24
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  parameters: ReadonlyMap<string, Parameter>,
): ValueAndGradients {
  const values = [...parameters.values()].map((parameter) => parameter.value);
  const { value, gradients: found } = differentiate(loss, values);
  const gradients = new Map<string, tf.Tensor>();
  for (const [index, name] of [...parameters.keys()].entries()) {
    const gradient = found[index];
    if (gradient) gradients.set(name, gradient);
  }
  return { value, gradients };
}

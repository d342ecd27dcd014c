/** Fully connected layers. */
import * as tf from "@tensorflow/tfjs-core";
import { frozenLinear, trainedLinear } from "../ops/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * What stands in a model where a linear map is: the plain layer, or one that an adapter has wrapped.
 *
 * @example
 * const layers = [...model.namedModules()].filter(([, module]) => module instanceof LinearLayer);
 * layers.length; // → 43
 */
export abstract class LinearLayer extends Module {
  abstract readonly inFeatures: number;
  abstract readonly outFeatures: number;

  /** The plain layer that computes the same at present, where there is one: losses have a shorter way through its weight. */
  get plain(): Linear | undefined {
    return undefined;
  }

  /** x `[..., inFeatures]` -> `[..., outFeatures]` */
  abstract forward(x: tf.Tensor): tf.Tensor;
}

/**
 * `y = x Wᵀ + b` with W stored `[out, in]` as PyTorch stores it; a frozen W may be packed.
 *
 * @example
 * const layer = new Linear(2, 1);
 * layer.weight.assign(tf.tensor2d([[3, 4]]));
 * layer.forward(tf.tensor2d([[1, 2]])); // → [[11]]
 */
export class Linear extends LinearLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inFeatures: number, outFeatures: number, { bias = false, weight }: LinearOptions = {}) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = weight ?? new Parameter([outFeatures, inFeatures]);
    this.bias = bias ? new Parameter([outFeatures]) : undefined;
  }

  override get plain(): this {
    return this;
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.weight.requiresGrad
      ? trainedLinear(x, this.weight.value as tf.Tensor2D)
      : frozenLinear(x, this.weight.frozen);
    return this.bias ? tf.add(y, this.bias.value) : y;
  }
}

/** Whether a linear layer has a bias, and a weight that it shares with another layer. */
export interface LinearOptions {
  bias?: boolean;
  weight?: Parameter;
}

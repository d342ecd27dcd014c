/** Normalisation layers. */
import type * as tf from "@tensorflow/tfjs-core";
import { layerNorm, rmsNorm } from "../ops/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A layer that normalises x `[..., dim]` over its last dimension. */
export interface Norm {
  forward(x: tf.Tensor): tf.Tensor;
}

/**
 * Root-mean-square normalisation over the last dimension.
 *
 * @example
 * const norm = new RMSNorm(2, 0);
 * norm.weight.assign(tf.ones([2]));
 * norm.forward(tf.tensor2d([[3, 4]])); // → [[0.849, 1.131]]
 */
export class RMSNorm extends Module implements Norm {
  readonly weight: Parameter;
  readonly eps: number;
  readonly offset: number;

  /** `offset` is added to the weight: 1 in Gemma, whose checkpoints store the difference from 1. */
  constructor(dim: number, eps: number, { offset = 0 }: { offset?: number } = {}) {
    super();
    this.weight = new Parameter([dim]);
    this.eps = eps;
    this.offset = offset;
  }

  /** x `[..., dim]` -> `[..., dim]` */
  forward(x: tf.Tensor): tf.Tensor {
    const weight = this.weight.value as tf.Tensor1D;
    return rmsNorm(x, weight, { eps: this.eps, frozen: !this.weight.requiresGrad, offset: this.offset });
  }
}

/**
 * Layer normalisation with a weight and a bias over the last dimension.
 *
 * @example
 * const norm = new LayerNorm(2, 1e-5);
 * norm.weight.assign(tf.ones([2]));
 * norm.bias.assign(tf.zeros([2]));
 * norm.forward(tf.tensor2d([[1, 3]])); // → [[-1, 1]]
 */
export class LayerNorm extends Module implements Norm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly eps: number;

  constructor(dim: number, eps: number) {
    super();
    this.weight = new Parameter([dim]);
    this.bias = new Parameter([dim]);
    this.eps = eps;
  }

  /** x `[..., dim]` -> `[..., dim]` */
  forward(x: tf.Tensor): tf.Tensor {
    const vectors = { weight: this.weight.value as tf.Tensor1D, bias: this.bias.value as tf.Tensor1D };
    const frozen = !this.weight.requiresGrad && !this.bias.requiresGrad;
    return layerNorm(x, vectors, { eps: this.eps, frozen });
  }
}

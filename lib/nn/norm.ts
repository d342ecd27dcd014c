/** Normalisation layers. */
import type * as tf from "@tensorflow/tfjs-core";
import { rmsNorm } from "../ops/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Root-mean-square normalisation over the last dimension. */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly eps: number;

  constructor(dim: number, eps: number) {
    super();
    this.weight = new Parameter([dim]);
    this.eps = eps;
  }

  /** x `[..., dim]` -> `[..., dim]` */
  forward(x: tf.Tensor): tf.Tensor {
    const weight = this.weight.value as tf.Tensor1D;
    return rmsNorm(x, weight, { eps: this.eps, frozen: !this.weight.requiresGrad });
  }
}

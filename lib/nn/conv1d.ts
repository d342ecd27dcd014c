/** GPT-2's linear layer, whose weight lies the other way round. */
import * as tf from "@tensorflow/tfjs-core";
import { conv1d, type FrozenWeight, type PackedWeight } from "../ops/index.ts";
import { LinearLayer, type Linear } from "./linear.ts";
import { Parameter } from "./parameter.ts";

/**
 * `y = x W + b` with W stored `[in, out]`, as GPT-2's checkpoints have it.
 *
 * @example
 * const layer = new Conv1D(2, 3);
 * layer.weight.assign(tf.ones([2, 3]));
 * layer.bias.assign(tf.zeros([3]));
 * layer.forward(tf.tensor2d([[1, 2]])); // → [[3, 3, 3]]
 */
export class Conv1D extends LinearLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter([inFeatures, outFeatures]);
    this.bias = new Parameter([outFeatures]);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = conv1d(x, this.weight.value as tf.Tensor2D, { frozen: !this.weight.requiresGrad });
    return tf.add(y, this.bias.value);
  }
}

/**
 * The weight of a layer that is not trained as products take it: of a Linear `[out, in]` or packed, of a Conv1D its
 * transpose, made when it is first needed.
 *
 * @example
 * const layer = new Linear(2, 3);
 * layer.weight.assign(tf.ones([3, 2]));
 * layer.weight.requiresGrad = false;
 * frozenLinear(tf.tensor2d([[1, 2]]), frozenWeightOf(layer)); // → [[3, 3, 3]]
 */
export function frozenWeightOf(layer: Linear | Conv1D): FrozenWeight | PackedWeight {
  const { weight } = layer;
  if (!(layer instanceof Conv1D)) return weight.frozen;
  return {
    get weight() {
      return weight.transposed;
    },
    transposed: () => weight.value as tf.Tensor2D,
  };
}

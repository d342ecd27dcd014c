/** A frozen linear layer with a low-rank addition beside it. */
import * as tf from "@tensorflow/tfjs-core";
import { Conv1D, frozenWeightOf, Linear, LinearLayer } from "../nn/index.ts";
import { drawSeed, frozenLinear, loraLinear, matMul } from "../ops/index.ts";
import type { SeededRandom } from "../random.ts";
import { uniformTensor } from "../tensor/index.ts";
import type { LoraConfig } from "./config.ts";
import { addToPacked, type MergeDrift } from "./merge-packed.ts";

/** `y = x Wᵀ + b + scaling · (x Aᵀ) Bᵀ`; the names below it are those of PEFT's files. */
export class LoraLinear extends LinearLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base_layer: Linear | Conv1D;
  readonly lora_A: Linear;
  readonly lora_B: Linear;
  readonly scaling: number;
  readonly #dropout: number;
  readonly #random: SeededRandom;
  /** Whether the addition is applied. */
  enabled = true;

  /** Wraps a layer, whose own parameters are frozen; A is drawn as PEFT draws it, B is zero. */
  constructor(base: Linear | Conv1D, config: LoraConfig, random: SeededRandom) {
    super();
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.base_layer = base;
    this.scaling = config.scaling;
    this.#dropout = config.loraDropout;
    this.#random = random;
    this.lora_A = new Linear(base.inFeatures, config.r);
    this.lora_B = new Linear(config.r, base.outFeatures);
    // Kaiming's uniform draw with a = sqrt(5), as torch.nn.Linear has it, has this bound.
    this.lora_A.weight.assign(
      uniformTensor([config.r, base.inFeatures], 1 / Math.sqrt(base.inFeatures), random),
    );
    this.lora_B.weight.assign(tf.zeros([base.outFeatures, config.r]));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const { bias } = this.base_layer;
    const frozen = frozenWeightOf(this.base_layer);
    let y: tf.Tensor;
    if (!this.enabled) {
      y = frozenLinear(x, frozen);
    } else if (this.training && this.#dropout > 0) {
      const kept = tf.dropout(
        x,
        this.#dropout,
        undefined,
        drawSeed(() => this.#random.int(2 ** 31)),
      );
      const addition = this.lora_B.forward(this.lora_A.forward(kept));
      y = tf.add(frozenLinear(x, frozen), tf.mul(addition, this.scaling));
    } else {
      const a = this.lora_A.weight.value as tf.Tensor2D;
      const b = this.lora_B.weight.value as tf.Tensor2D;
      y = loraLinear(x, frozen, { a, b, scaling: this.scaling });
    }
    return bias ? tf.add(y, bias.value) : y;
  }

  /**
   * Adds `scaling · B A` to the base weight and gives the base layer back; the addition's memory is freed. A packed
   * weight is packed again, and `onDrift` is told how far it then is from the sum.
   */
  merge(onDrift?: (drift: Omit<MergeDrift, "name">) => void): Linear | Conv1D {
    const { weight } = this.base_layer;
    const addition = tf.tidy<tf.Tensor2D>(() => {
      const [a, b] = [this.lora_A.weight.value, this.lora_B.weight.value] as [tf.Tensor2D, tf.Tensor2D];
      const product =
        this.base_layer instanceof Conv1D
          ? matMul(a, b, { transposeA: true, transposeB: true }) // [in, out]
          : matMul(b, a);
      return tf.mul(product, this.scaling);
    });
    if (weight.packed) {
      const drift = addToPacked(weight, addition);
      onDrift?.(drift);
    } else {
      weight.assign(tf.add(weight.value, addition));
    }
    addition.dispose();
    this.lora_A.dispose();
    this.lora_B.dispose();
    return this.base_layer;
  }
}

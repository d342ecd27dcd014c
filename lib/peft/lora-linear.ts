/** A linear layer with low-rank additions beside it, those of LoRA and of DoRA. */
import * as tf from "@tensorflow/tfjs-core";
import type { Conv1D } from "../nn/index.ts";
import { frozenWeightOf, Linear, LinearLayer, type Parameter } from "../nn/index.ts";
import {
  doraScale,
  drawSeed,
  dropout,
  frozenLinear,
  loraLinear,
  trainedLinear,
  type DropoutOptions,
  type FrozenWeight,
  type PackedWeight,
} from "../ops/index.ts";
import type { SeededRandom } from "../random.ts";
import { AdapterModules, MagnitudeVector } from "./adapter-slots.ts";
import { weightNorms } from "./base-weight.ts";
import {
  appliedAdapters,
  parametersOf,
  type AdapterSettings,
  type LoraAdapter,
  type LoraLayer,
} from "./lora-layer.ts";
import { trainedMatrix, TransposedParameter } from "./transposed-parameter.ts";

/**
 * `y = x Wᵀ + b + Σ scaling · (x Aᵀ) Bᵀ` over the active adapters, and with DoRA `magnitude / ‖W + scaling B A‖` times all
 * of it but the bias; the names below it are those of PEFT.
 *
 * @example
 * import { seededRandom } from "residency/tensor";
 * const layer = new LoraLinear(new Linear(16, 8));
 * layer.addAdapter("default", { r: 2, scaling: 1, dropout: 0, useDora: false, initLoraWeights: true }, seededRandom(0));
 * layer.adapters.get("default")?.a.shape; // → [2, 16]
 */
export class LoraLinear extends LinearLayer implements LoraLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base_layer: Linear | Conv1D;
  readonly lora_A = new AdapterModules();
  readonly lora_B = new AdapterModules();
  readonly lora_magnitude_vector = new AdapterModules<MagnitudeVector>();
  readonly adapters = new Map<string, LoraAdapter>();
  active: readonly string[] = [];
  enabled = true;
  merged: readonly string[] = [];

  /** Wraps a layer. */
  constructor(base: Linear | Conv1D) {
    super();
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.base_layer = base;
  }

  get weight(): Parameter {
    return this.base_layer.weight;
  }

  get bias(): Parameter | undefined {
    return this.base_layer.bias;
  }

  override get plain(): Linear | undefined {
    const base = this.base_layer;
    return base instanceof Linear && appliedAdapters(this).length === 0 ? base : undefined;
  }

  addAdapter(name: string, settings: AdapterSettings, random: SeededRandom, tied?: LoraAdapter): LoraAdapter {
    const magnitude = settings.useDora ? new MagnitudeVector(this.outFeatures) : undefined;
    if (magnitude) this.lora_magnitude_vector.set(name, magnitude);
    const adapter = {
      ...{ ...settings, magnitude: magnitude?.weight, random, tied },
      ...(tied
        ? { a: new TransposedParameter(tied.b), b: new TransposedParameter(tied.a) }
        : this.#matrices(name, settings.r)),
    };
    this.adapters.set(name, adapter);
    return adapter;
  }

  #matrices(name: string, r: number): { a: Parameter; b: Parameter } {
    const a = new Linear(this.inFeatures, r);
    const b = new Linear(r, this.outFeatures);
    this.lora_A.set(name, a);
    this.lora_B.set(name, b);
    return { a: a.weight, b: b.weight };
  }

  deleteAdapter(name: string): void {
    const adapter = this.adapters.get(name);
    for (const parameter of adapter ? parametersOf(adapter) : []) parameter.dispose();
    this.adapters.delete(name);
    for (const slots of [this.lora_A, this.lora_B, this.lora_magnitude_vector]) slots.delete(name);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const { bias } = this.base_layer;
    const frozen = frozenWeightOf(this.base_layer);
    let y: tf.Tensor | undefined;
    for (const adapter of appliedAdapters(this)) {
      const left = this.#dropout(adapter);
      if (adapter.magnitude) y = this.#dora(x, left ? dropout(x, left) : x, y, adapter, frozen);
      // One operation computes base and addition together, which is most of what LoRA is used for.
      else if (!y) y = loraLinear(x, frozen, { ...lowRankOf(adapter), dropout: left });
      else y = tf.add(y, addition(left ? dropout(x, left) : x, adapter));
    }
    y ??= frozenLinear(x, frozen);
    return bias ? tf.add(y, bias.value) : y;
  }

  /** What is left out of the input of an adapter now; undefined for nothing. */
  #dropout({ dropout: rate, random }: LoraAdapter): DropoutOptions | undefined {
    if (!this.training || rate === 0) return undefined;
    return { rate, seed: drawSeed(() => random.int(2 ** 31)) };
  }

  /** What DoRA makes of y, the output of the adapters before it and of the base; with dropout as PEFT combines the two. */
  #dora(
    x: tf.Tensor,
    kept: tf.Tensor,
    y: tf.Tensor | undefined,
    adapter: LoraAdapter,
    frozen: FrozenWeight | PackedWeight,
  ): tf.Tensor {
    const scale = (values: tf.Tensor): tf.Tensor =>
      doraScale(values, adapter.magnitude!.value as tf.Tensor1D, () => weightNorms(this.base_layer, adapter));
    if (kept === x) {
      return scale(y ? tf.add(y, addition(x, adapter)) : loraLinear(x, frozen, lowRankOf(adapter)));
    }
    const whole = y ?? frozenLinear(x, frozen);
    const scaled = scale(loraLinear(kept, frozen, lowRankOf(adapter)));
    return tf.add(whole, tf.sub(scaled, frozenLinear(kept, frozen)));
  }
}

function lowRankOf({ a, b, scaling }: LoraAdapter): { a: tf.Tensor2D; b: tf.Tensor2D; scaling: number } {
  return { a: trainedMatrix(a), b: trainedMatrix(b), scaling };
}

/** `scaling · (x Aᵀ) Bᵀ`. */
function addition(x: tf.Tensor, { a, b, scaling }: LoraAdapter): tf.Tensor {
  return tf.mul(trainedLinear(trainedLinear(x, trainedMatrix(a)), trainedMatrix(b)), scaling);
}

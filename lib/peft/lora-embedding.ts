/** An embedding with low-rank additions beside it. */
import * as tf from "@tensorflow/tfjs-core";
import { Module, Parameter, type Embedding } from "../nn/index.ts";
import { doraScale, reshape, takeRows, trainedLinear } from "../ops/index.ts";
import type { SeededRandom } from "../random.ts";
import { AdapterModules, AdapterParameters, MagnitudeVector } from "./adapter-slots.ts";
import { weightNorms } from "./base-weight.ts";
import {
  appliedAdapters,
  parametersOf,
  type AdapterSettings,
  type LoraAdapter,
  type LoraLayer,
} from "./lora-layer.ts";

/**
 * `row(W) + Σ scaling · row(Aᵀ) Bᵀ` over the active adapters; the names below it are those of PEFT.
 *
 * @example
 * const layer = new LoraEmbedding(new Embedding(64, 16));
 * [...layer.adapters.keys()]; // → []
 */
export class LoraEmbedding extends Module implements LoraLayer {
  readonly base_layer: Embedding;
  readonly lora_embedding_A = new AdapterParameters();
  readonly lora_embedding_B = new AdapterParameters();
  readonly lora_magnitude_vector = new AdapterModules<MagnitudeVector>();
  readonly adapters = new Map<string, LoraAdapter>();
  active: readonly string[] = [];
  enabled = true;
  merged: readonly string[] = [];

  /** Wraps a table. */
  constructor(base: Embedding) {
    super();
    this.base_layer = base;
  }

  get weight(): Parameter {
    return this.base_layer.weight;
  }

  addAdapter(name: string, settings: AdapterSettings, random: SeededRandom): LoraAdapter {
    const [vocabulary, dim] = this.base_layer.weight.shape as [number, number];
    const a = new Parameter([settings.r, vocabulary]);
    const b = new Parameter([dim, settings.r]);
    const magnitude = settings.useDora ? new MagnitudeVector(dim) : undefined;
    this.lora_embedding_A.set(name, a);
    this.lora_embedding_B.set(name, b);
    if (magnitude) this.lora_magnitude_vector.set(name, magnitude);
    const adapter = { ...settings, a, b, magnitude: magnitude?.weight, random };
    this.adapters.set(name, adapter);
    return adapter;
  }

  deleteAdapter(name: string): void {
    const adapter = this.adapters.get(name);
    for (const parameter of adapter ? parametersOf(adapter) : []) parameter.dispose();
    this.adapters.delete(name);
    for (const slots of [this.lora_embedding_A, this.lora_embedding_B, this.lora_magnitude_vector]) {
      slots.delete(name);
    }
  }

  /** Token ids, int32 `[B, T]` -> vectors `[B, T, dim]`. PEFT has no dropout here. */
  forward(ids: tf.Tensor2D): tf.Tensor3D {
    let y: tf.Tensor = this.base_layer.forward(ids);
    for (const adapter of appliedAdapters(this)) {
      const { a, b, magnitude, scaling } = adapter;
      const columns = tf.transpose(a.value as tf.Tensor2D); // [vocabulary, r]
      const low = takeRows(columns, tf.reshape<tf.Rank.R1>(ids, [-1])); // [B · T, r]
      const addition = tf.mul(trainedLinear(low, b.value as tf.Tensor2D), scaling); // [B · T, dim]
      y = tf.add(y, reshape(addition, y.shape));
      if (magnitude) {
        y = doraScale(y, magnitude.value as tf.Tensor1D, () => weightNorms(this.base_layer, adapter));
      }
    }
    return y as tf.Tensor3D;
  }
}

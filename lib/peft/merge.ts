/** Adds adapters into base weights, and takes them out again to the bit. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { deltaWeight, fullWeight, liesOutIn, weightNorms } from "./base-weight.ts";
import type { LoraAdapter, LoraLayer } from "./lora-layer.ts";
import { addToPacked, type MergeDrift } from "./merge-packed.ts";

/** How adapters are merged. */
export interface MergeOptions {
  /** Refuses to write a sum that is not finite, and leaves the weight as it was. */
  safeMerge?: boolean;
  /** Hears of each packed weight how much of the sum was lost in packing it again. */
  onDrift?: ((drift: MergeDrift) => void) | undefined;
}

/**
 * Passes when the weight of an adapted layer is no other layer's too.
 *
 * @throws ResidencyError E_CONFIG otherwise: merged, an adapter of a tied embedding would change the head, which it does not now.
 */
export function checkUntied(root: Module, name: string, { base_layer: layer }: LoraLayer): void {
  for (const [other, module] of root.namedModules()) {
    if (module === layer || ![...module.ownParameters()].some(([, parameter]) => parameter === layer.weight))
      continue;
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot merge the adapter of ${name}: its weight is that of ${other} too, which the adapter does not change. Keep the adapter ` +
        "apart, or load the model with tie_word_embeddings: false and weights of its own",
    );
  }
}

/** What an adapter adds to the present weight: `scaling · B A`, and with DoRA what the rescaling makes of the sum, too. */
function mergedDifference({ base_layer: layer }: LoraLayer, adapter: LoraAdapter): tf.Tensor2D {
  const delta = deltaWeight(layer, adapter);
  const { magnitude } = adapter;
  if (!magnitude) return delta;
  return tf.tidy(() => {
    const full = fullWeight(layer);
    const factors = tf.div(magnitude.value, weightNorms(layer, adapter)); // [out]
    const byOutput = liesOutIn(layer) ? tf.expandDims(factors, 1) : factors;
    return tf.sub(tf.mul(tf.add(full, delta), byOutput), full);
  });
}

/**
 * Merges adapters of a layer, one after the other; the values before lie aside until {@link unmergeLayer}.
 *
 * @throws ResidencyError E_NUMERIC with safeMerge when the sum is not finite.
 */
export function mergeLayer(
  name: string,
  layer: LoraLayer,
  adapters: readonly string[],
  { safeMerge = false, onDrift }: MergeOptions = {},
): void {
  const { weight } = layer.base_layer;
  for (const adapterName of adapters) {
    const adapter = layer.adapters.get(adapterName);
    if (!adapter || layer.merged.includes(adapterName)) continue;
    const difference = mergedDifference(layer, adapter);
    try {
      if (safeMerge && !difference.dataSync<"float32">().every(Number.isFinite)) {
        throw new ResidencyError(
          "E_NUMERIC",
          `Cannot merge the adapter "${adapterName}" into ${name}: the sum is not finite; the weight is unchanged`,
        );
      }
      weight.stash();
      if (weight.packed) {
        const drift = addToPacked(weight, difference);
        onDrift?.({ name, ...drift });
      } else {
        const { requiresGrad } = weight;
        weight.assign(tf.add(weight.value, difference));
        weight.requiresGrad = requiresGrad;
      }
      layer.merged = [...layer.merged, adapterName];
    } finally {
      difference.dispose();
    }
  }
}

/** Gives a layer the weight back that it had before it was merged, bit for bit. */
export function unmergeLayer(layer: LoraLayer): void {
  layer.base_layer.weight.unstash();
  layer.merged = [];
}

/** Adds adapters into base weights, and takes them out again to the bit. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { deltaWeight, fullWeight, liesOutIn, weightNorms } from "./base-weight.ts";
import type { AdaptedModel } from "./inject.ts";
import type { LoraAdapter, LoraLayer } from "./lora-layer.ts";
import { addToPacked, type MergeDrift } from "./merge-packed.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** How adapters are merged. */
export interface MergeOptions {
  /** Refuses to write a sum that is not finite, and leaves the weight as it was. */
  safeMerge?: boolean;
  /** Hears of each packed weight how much of the sum was lost in packing it again; without it a warning goes to the console. */
  onDrift?: ((drift: MergeDrift) => void) | undefined;
}

/** What is merged, and how. */
export interface MergeAdapterOptions extends MergeOptions {
  /** The active adapters when left out. */
  adapterNames?: readonly string[];
}

/** Passes when the weight of an adapted layer is no other layer's too. */
function checkUntied(root: Module, name: string, { base_layer: layer }: LoraLayer): void {
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

/** Whether an adapter changes all layers of a layer's weight alike, or the layer has none of that name. */
function isTied(layers: ReadonlyMap<string, LoraLayer>, { adapters }: LoraLayer, name: string): boolean {
  const adapter = adapters.get(name);
  if (!adapter) return true;
  // Lengths of rows and of columns are two things.
  if (adapter.magnitude) return false;
  return (
    adapter.tied !== undefined ||
    [...layers.values()].some((other) => other.adapters.get(name)?.tied === adapter)
  );
}

/**
 * Passes when merging adapters changes no layer that they do not change now.
 *
 * @throws ResidencyError E_CONFIG otherwise: merged, an adapter of a tied embedding would change the head.
 */
export function checkMergeable({ root, layers }: AdaptedModel, adapters: readonly string[]): void {
  for (const [name, layer] of layers) {
    if (adapters.some((adapter) => !isTied(layers, layer, adapter))) checkUntied(root, name, layer);
  }
}

/** What an adapter adds to the present weight: `scaling · B A`, and with DoRA what the rescaling makes of the sum, too. */
function mergedDifference({ base_layer: layer }: LoraLayer, adapter: LoraAdapter): tf.Tensor2D {
  const { magnitude } = adapter;
  return tf.tidy(() => {
    const delta = deltaWeight(layer, adapter);
    if (!magnitude) return delta;
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
function* mergeLayer(
  name: string,
  layer: LoraLayer,
  adapters: readonly string[],
  { safeMerge = false, onDrift }: MergeOptions = {},
): TensorReads<void> {
  const { weight } = layer.base_layer;
  for (const adapterName of adapters) {
    const adapter = layer.adapters.get(adapterName);
    if (!adapter || layer.merged.includes(adapterName)) continue;
    if (adapter.tied) {
      // The weight is the embedding's, which the addition is merged into there.
      layer.merged = [...layer.merged, adapterName];
      continue;
    }
    const difference = mergedDifference(layer, adapter);
    try {
      if (safeMerge && !(yield difference).every(Number.isFinite)) {
        throw new ResidencyError(
          "E_NUMERIC",
          `Cannot merge the adapter "${adapterName}" into ${name}: the sum is not finite; the weight is unchanged`,
        );
      }
      const merged = (): void => void (layer.merged = [...layer.merged, adapterName]);
      if (weight.packed) {
        const drift = yield* addToPacked(weight, difference, merged);
        onDrift?.({ name, ...drift });
      } else {
        const { requiresGrad } = weight;
        weight.stash();
        weight.assign(tf.add(weight.value, difference));
        weight.requiresGrad = requiresGrad;
        merged();
      }
    } finally {
      difference.dispose();
    }
  }
}

/** Warns, once for all weights, of what packing them again has lost. */
function warnOfDrifts(drifts: readonly MergeDrift[]): void {
  const [first] = drifts;
  if (!first) return;
  // A fresh adapter adds nothing, of which nothing can be lost.
  const shareOf = ({ mean, additionMean }: MergeDrift): number =>
    additionMean === 0 ? 0 : mean / additionMean;
  const worst = drifts.reduce((most, drift) => (shareOf(drift) > shareOf(most) ? drift : most), first);
  const [mean, additionMean] = [worst.mean, worst.additionMean].map((value) => value.toPrecision(2));
  console.warn(
    `W_PACKED_MERGE: the adapter was merged into ${drifts.length} packed weight${drifts.length === 1 ? "" : "s"}, which rounds ` +
      `the sums: at worst, in ${worst.name}, the mean rounding is ${mean} where the adapter adds ${additionMean}. Merge into ` +
      "weights that are not quantised, or look at each weight by onDrift",
  );
}

/**
 * Merges adapters into every layer that has them, and warns of what that lost in packed weights unless `onDrift` is told.
 *
 * @throws ResidencyError E_NUMERIC with safeMerge when a sum is not finite; the layers before it are merged then.
 */
export function* mergeLayers(
  layers: ReadonlyMap<string, LoraLayer>,
  adapters: readonly string[],
  options: MergeOptions = {},
): TensorReads<void> {
  const drifts: MergeDrift[] = [];
  const { onDrift = (drift: MergeDrift) => drifts.push(drift) } = options;
  for (const [name, layer] of layers) yield* mergeLayer(name, layer, adapters, { ...options, onDrift });
  warnOfDrifts(drifts);
}

/** Gives a layer the weight back that it had before it was merged, bit for bit. */
export function unmergeLayer(layer: LoraLayer): void {
  layer.base_layer.weight.unstash();
  layer.merged = [];
}

/** One adapter out of several, as PEFT's add_weighted_adapter combines them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { SeededRandom } from "../random.ts";
import type { AdaptedModel } from "./inject.ts";
import type { LoraAdapter, LoraLayer } from "./lora-layer.ts";
import type { Matrix } from "./qr.ts";
import { singularTriplesOfProduct } from "./svd.ts";
import type { AnyLoraConfig } from "./targets.ts";

/** How adapters are combined: matrix by matrix, side by side (exact, with the sum of the ranks), or the best of rank r of their sum. */
export const combinationTypes = ["linear", "cat", "svd"] as const;

/** The name of a combination. */
export type CombinationType = (typeof combinationTypes)[number];

/** An adapter of a layer and its weight in the combination. */
export interface WeightedPart {
  adapter: LoraAdapter;
  weight: number;
}

/** Options of `PeftModel.addWeightedAdapter`. */
export interface WeightedAdapterOptions {
  adapters: readonly string[];
  weights: readonly number[];
  adapterName: string;
  /** "svd" when left out. */
  combinationType?: CombinationType;
  /** The rank with "svd"; the largest of the adapters', also in a rankPattern, when left out. */
  svdRank?: number;
}

/** The rank that a combination has in a layer. */
function combinedRank(parts: readonly WeightedPart[], type: CombinationType, svdRank: number): number {
  const ranks = parts.map(({ adapter }) => adapter.r);
  if (type === "cat") return ranks.reduce((sum, r) => sum + r, 0);
  if (type === "svd") return svdRank;
  if (ranks.some((r) => r !== ranks[0])) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot combine adapters of the ranks ${ranks.join(", ")} linearly: they must be of one rank; use "cat" or "svd"`,
    );
  }
  return ranks[0]!;
}

const matrixOf = (tensor: tf.Tensor): Matrix => ({
  rows: tensor.shape[0],
  columns: tensor.shape[1]!,
  values: Float64Array.from(tensor.dataSync<"float32">()),
});

/** A `[r, in]` and B `[out, r]` of the combination, whose own scaling is 1. */
function combine(
  parts: readonly WeightedPart[],
  type: CombinationType,
  rank: number,
): { a: tf.Tensor2D; b: tf.Tensor2D } {
  return tf.tidy(() => {
    if (type === "linear") {
      // The square root of each weight goes to either matrix, and its sign to A, as PEFT 0.21 has it.
      const of = (matrix: "a" | "b"): tf.Tensor2D =>
        tf.addN<tf.Tensor2D>(
          parts.map(({ adapter, weight }) => {
            const factor = Math.sqrt(Math.abs(weight * adapter.scaling));
            return tf.mul<tf.Tensor2D>(
              adapter[matrix].value,
              matrix === "a" && weight < 0 ? -factor : factor,
            );
          }),
        );
      return { a: of("a"), b: of("b") };
    }
    const a = tf.concat<tf.Tensor2D>(
      parts.map(({ adapter, weight }) => tf.mul<tf.Tensor2D>(adapter.a.value, weight * adapter.scaling)),
      0,
    );
    const b = tf.concat<tf.Tensor2D>(
      parts.map(({ adapter }) => adapter.b.value as tf.Tensor2D),
      1,
    );
    if (type === "cat") return { a, b };
    const { u, s, vt } = singularTriplesOfProduct(matrixOf(b), matrixOf(a), rank);
    const found = s.length;
    const wide = (values: Float64Array, rows: number, columns: number): tf.Tensor2D =>
      tf.tensor2d(Float32Array.from(values), [rows, columns], "float32");
    const scaledU = u.values.map((value, i) => value * s[i % found]!);
    const down = wide(vt.values, found, vt.columns);
    const up = wide(scaledU, u.rows, found);
    const missing = rank - found;
    return {
      a:
        missing > 0
          ? tf.pad(down, [
              [0, missing],
              [0, 0],
            ])
          : down,
      b:
        missing > 0
          ? tf.pad(up, [
              [0, 0],
              [0, missing],
            ])
          : up,
    };
  });
}

/**
 * Adds the weighted sum of adapters to every layer that has any of them, and gives its settings; its scaling is 1.
 *
 * @throws ResidencyError E_CONFIG for DoRA, for adapters that change more than matrices, and for ranks that do not fit.
 */
export function combineAdapters(
  model: AdaptedModel,
  configs: readonly AnyLoraConfig[],
  { adapters, weights, adapterName, combinationType = "svd", svdRank }: WeightedAdapterOptions,
  random: SeededRandom,
): AnyLoraConfig {
  const refuse = (why: string): never => {
    throw new ResidencyError("E_CONFIG", `Cannot combine the adapters ${adapters.join(", ")}: ${why}`);
  };
  if (adapters.length === 0 || weights.length !== adapters.length) refuse("each needs a weight");
  if (!combinationTypes.includes(combinationType))
    refuse(`combinationType is one of ${combinationTypes.join(", ")}`);
  if ([...model.layers.values()].some((layer) => adapters.some((name) => layer.adapters.get(name)?.tied)))
    refuse("one keeps a head tied to its embedding, which the sum would not");
  if (configs.some(({ useDora }) => useDora)) refuse("the lengths of DoRA cannot be added up");
  if (configs.some(({ modulesToSave, bias }) => modulesToSave !== undefined || bias !== "none"))
    refuse("copies of modules and biases cannot be added up");
  const partsOf = (layer: LoraLayer): WeightedPart[] =>
    adapters.flatMap((name, index) => {
      const adapter = layer.adapters.get(name);
      return adapter ? [{ adapter, weight: weights[index]! }] : [];
    });
  const largest = Math.max(...configs.flatMap(({ r, rankPattern }) => [r, ...Object.values(rankPattern)]));
  const ranks = new Map<string, number>();
  for (const [name, layer] of model.layers) {
    const parts = partsOf(layer);
    if (parts.length > 0) ranks.set(name, combinedRank(parts, combinationType, svdRank ?? largest));
  }
  const r = Math.max(...ranks.values());
  const patterns = Object.fromEntries([...ranks].filter(([, rank]) => rank !== r));
  const config = configs[0]!.with({
    ...{ r, loraAlpha: r, useRslora: false, initLoraWeights: true },
    targetModules: [...ranks.keys()],
    ...{ rankPattern: patterns, alphaPattern: patterns },
    ...{ excludeModules: undefined, layersToTransform: undefined, layersPattern: undefined },
  });
  for (const [name, rank] of ranks) {
    const layer = model.layers.get(name)!;
    const made = combine(partsOf(layer), combinationType, rank);
    const { loraDropout: dropout } = config;
    const settings = { r: rank, scaling: 1, dropout, useDora: false, initLoraWeights: true };
    const adapter = layer.addAdapter(adapterName, settings, random);
    adapter.a.assign(made.a);
    adapter.b.assign(made.b);
  }
  return config;
}

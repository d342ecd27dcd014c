/** One adapter out of several, as PEFT's add_weighted_adapter combines them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { SeededRandom } from "../random.ts";
import type { AdaptedModel } from "./inject.ts";
import type { LoraAdapter, LoraLayer } from "./lora-layer.ts";
import { readMatrix } from "./matrix-tensors.ts";
import type { Matrix } from "./qr.ts";
import { singularTriplesOfProduct } from "./svd.ts";
import type { AnyLoraConfig } from "./targets.ts";
import type { TensorReads } from "./tensor-reads.ts";

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

/** The sum of adapters matrix by matrix: the square root of each weight goes to either matrix, and its sign to A, as PEFT 0.21 has it. */
function linearSum(parts: readonly WeightedPart[], matrix: "a" | "b"): tf.Tensor2D {
  return tf.addN<tf.Tensor2D>(
    parts.map(({ adapter, weight }) => {
      const factor = Math.sqrt(Math.abs(weight * adapter.scaling));
      return tf.mul<tf.Tensor2D>(adapter[matrix].value, matrix === "a" && weight < 0 ? -factor : factor);
    }),
  );
}

/** All A of adapters, weighted, below each other, `[r, in]`. */
const stackedA = (parts: readonly WeightedPart[]): tf.Tensor2D =>
  tf.concat<tf.Tensor2D>(
    parts.map(({ adapter, weight }) => tf.mul<tf.Tensor2D>(adapter.a.value, weight * adapter.scaling)),
    0,
  );

/** All B of adapters beside each other, `[out, r]`. */
const stackedB = (parts: readonly WeightedPart[]): tf.Tensor2D =>
  tf.concat<tf.Tensor2D>(
    parts.map(({ adapter }) => adapter.b.value as tf.Tensor2D),
    1,
  );

/** A matrix in the upper left corner of a larger one of zeros. */
function enlarged({ rows, columns, values }: Matrix, [toRows, toColumns]: [number, number]): tf.Tensor2D {
  const large = new Float32Array(toRows * toColumns);
  for (let row = 0; row < rows; row++) {
    large.set(values.subarray(row * columns, (row + 1) * columns), row * toColumns);
  }
  return tf.tensor2d(large, [toRows, toColumns]);
}

/** A `[r, in]` and B `[out, r]` of the combination, whose own scaling is 1. */
function* combine(
  parts: readonly WeightedPart[],
  type: CombinationType,
  rank: number,
): TensorReads<{ a: tf.Tensor2D; b: tf.Tensor2D }> {
  if (type === "linear") return tf.tidy(() => ({ a: linearSum(parts, "a"), b: linearSum(parts, "b") }));
  if (type === "cat") return tf.tidy(() => ({ a: stackedA(parts), b: stackedB(parts) }));
  const up = yield* readMatrix(() => stackedB(parts));
  const down = yield* readMatrix(() => stackedA(parts));
  const { u, s, vt } = singularTriplesOfProduct(up, down, rank);
  const scaled = { ...u, values: u.values.map((value, i) => value * s[i % s.length]!) };
  return { a: enlarged(vt, [rank, vt.columns]), b: enlarged(scaled, [u.rows, rank]) };
}

/**
 * Adds the weighted sum of adapters to every layer that has any of them, and gives its settings; its scaling is 1.
 *
 * @throws ResidencyError E_CONFIG for DoRA, for adapters that change more than matrices, and for ranks that do not fit.
 */
export function* combineAdapters(
  model: AdaptedModel,
  configs: readonly AnyLoraConfig[],
  { adapters, weights, adapterName, combinationType = "svd", svdRank }: WeightedAdapterOptions,
  random: SeededRandom,
): TensorReads<AnyLoraConfig> {
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
  const made = new Map<string, { a: tf.Tensor2D; b: tf.Tensor2D }>();
  try {
    for (const [name, rank] of ranks)
      made.set(name, yield* combine(partsOf(model.layers.get(name)!), combinationType, rank));
  } catch (error) {
    for (const matrices of made.values()) tf.dispose(matrices);
    throw error;
  }
  for (const [name, { a, b }] of made) {
    const { loraDropout: dropout } = config;
    const settings = { r: ranks.get(name)!, scaling: 1, dropout, useDora: false, initLoraWeights: true };
    const adapter = model.layers.get(name)!.addAdapter(adapterName, settings, random);
    adapter.a.assign(a);
    adapter.b.assign(b);
  }
  return config;
}

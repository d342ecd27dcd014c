/** One adapter out of several, as PEFT's add_weighted_adapter combines them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { LoraAdapter } from "./lora-layer.ts";
import type { Matrix } from "./qr.ts";
import { singularTriplesOfProduct } from "./svd.ts";

/** How adapters are combined: matrix by matrix, side by side (exact, with the sum of the ranks), or the best of rank r of their sum. */
export const combinationTypes = ["linear", "cat", "svd"] as const;

/** The name of a combination. */
export type CombinationType = (typeof combinationTypes)[number];

/** An adapter of a layer and its weight in the combination. */
export interface WeightedPart {
  adapter: LoraAdapter;
  weight: number;
}

/** The rank that a combination has in a layer. */
export function combinedRank(
  parts: readonly WeightedPart[],
  type: CombinationType,
  svdRank?: number,
): number {
  const ranks = parts.map(({ adapter }) => adapter.r);
  if (type === "cat") return ranks.reduce((sum, r) => sum + r, 0);
  if (type === "svd") return svdRank ?? Math.max(...ranks);
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
export function combine(
  parts: readonly WeightedPart[],
  type: CombinationType,
  rank: number,
): { a: tf.Tensor2D; b: tf.Tensor2D } {
  return tf.tidy(() => {
    if (type === "linear") {
      // The square root of each weight goes to either matrix, and its sign to B, as PEFT has it.
      const of = (matrix: "a" | "b"): tf.Tensor2D =>
        tf.addN<tf.Tensor2D>(
          parts.map(({ adapter, weight }) => {
            const factor = Math.sqrt(Math.abs(weight * adapter.scaling));
            return tf.mul<tf.Tensor2D>(
              adapter[matrix].value,
              matrix === "b" ? Math.sign(weight) * factor : factor,
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

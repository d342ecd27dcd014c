/** Merging into a packed weight: unpacks, adds, packs again, and says how far that moved the weight. */
import type * as tf from "@tensorflow/tfjs-core";
import { packingOf, packWeight, type Parameter } from "../nn/index.ts";
import { unpackWeight, type PackedWeight } from "../ops/index.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** How far a packed weight is, after an adapter was merged into it, from what it should be. */
export interface MergeDrift {
  /** The layer's name, such as `model.layers.0.self_attn.q_proj`. */
  name: string;
  /** The largest and the mean |difference| of an element from the unpacked weight plus the addition. */
  max: number;
  mean: number;
  /** The largest and the mean |element| of the addition: a drift of its size means that the adapter is lost. */
  additionMax: number;
  additionMean: number;
}

function sizes(differenceOf: (i: number) => number, count: number): { max: number; mean: number } {
  let max = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(differenceOf(i));
    if (size > max) max = size;
    sum += size;
  }
  return { max, mean: sum / count };
}

function* valuesOf(packed: PackedWeight): TensorReads<Float32Array> {
  const unpacked = unpackWeight(packed);
  try {
    return yield unpacked;
  } finally {
    unpacked.dispose();
  }
}

/**
 * Adds a matrix `[out, in]` to a packed weight, which is packed again as it was; the values before are stashed. `onPacked` is called
 * once the weight has changed, before it is looked at how far.
 */
export function* addToPacked(
  weight: Parameter,
  addition: tf.Tensor2D,
  onPacked: () => void,
): TensorReads<Omit<MergeDrift, "name">> {
  const before = weight.packed!;
  const added = yield addition;
  const wanted = yield* valuesOf(before);
  for (let i = 0; i < wanted.length; i++) wanted[i]! += added[i]!;
  const packed = packWeight(wanted, weight.shape as [number, number], packingOf(before));
  weight.stash();
  weight.assignPacked(packed);
  onPacked();
  const got = yield* valuesOf(packed);
  const drift = sizes((i) => got[i]! - wanted[i]!, wanted.length);
  const change = sizes((i) => added[i]!, wanted.length);
  return { ...drift, additionMax: change.max, additionMean: change.mean };
}

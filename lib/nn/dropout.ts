/** Dropout as a part of a model, at the rates that a config.json names. */
import type * as tf from "@tensorflow/tfjs-core";
import { drawSeed, dropout } from "../ops/index.ts";
import { seededRandom } from "../tensor/index.ts";
import { Module } from "./module.ts";

/** Where seeds come from outside of a trainer, which has a stream of its own that its checkpoints keep. */
const stream = seededRandom(0);

/**
 * The seed of the next dropout: the trainer's next one, or the one before when a checkpointed block is run again.
 *
 * @example
 * import { withSeedSource } from "residency/ops";
 * withSeedSource(() => 7, () => dropoutSeed()); // → 7
 */
export function dropoutSeed(): number {
  return drawSeed(() => stream.int(2 ** 31));
}

/**
 * Leaves out a share of what goes through it while the module is in training, and scales up the rest; else passes it on.
 *
 * @example
 * new Dropout(0.1).forward(tf.tensor1d([1, 2])); // → [1, 2]
 */
export class Dropout extends Module {
  /** The share that is left out, in [0, 1). */
  readonly rate: number;

  constructor(rate: number) {
    super();
    this.rate = rate;
  }

  /** x of any shape -> the same shape. */
  forward<T extends tf.Tensor>(x: T): T {
    const { rate } = this;
    return this.training && rate > 0 ? dropout(x, { rate, seed: dropoutSeed() }) : x;
  }
}

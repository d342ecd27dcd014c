/** Gradient checkpointing (Chen et al., 2016): a block's activations are dropped and made again in the backward pass. */
import * as tf from "@tensorflow/tfjs-core";
import { differentiate } from "./differentiate.ts";
import { isRecording, withGradient } from "./gradient.ts";

/** A block to checkpoint. */
export interface Checkpointed {
  /** The values of the block's trained parameters: they get their gradients. */
  parameters: readonly tf.Tensor[];
  /** Tensors that the block reads and that have no gradient, such as angles and segments. */
  constants: readonly tf.Tensor[];
  /** The block: x and the constants -> its output. It must compute the same when it is run again. */
  run: (x: tf.Tensor, constants: readonly tf.Tensor[]) => tf.Tensor;
}

/** The seeds that the block being run has drawn, or draws again. */
let seeds: { drawn: number[]; replayed: number | undefined } | undefined;

/** Draws a seed for dropout; a block that is run again gets the seeds of its first run. */
export function drawSeed(draw: () => number): number {
  if (seeds?.replayed !== undefined) return seeds.drawn[seeds.replayed++]!;
  const seed = draw();
  seeds?.drawn.push(seed);
  return seed;
}

function withSeeds<T>(next: { drawn: number[]; replayed: number | undefined }, run: () => T): T {
  const outer = seeds;
  seeds = next;
  try {
    return run();
  } finally {
    seeds = outer;
  }
}

/** Forgets the seeds of a block that an interrupt has cut off. */
export function forgetSeeds(): void {
  seeds = undefined;
}

/**
 * Runs a block and keeps only its input; the backward pass runs it again, with the same numbers to the bit, and then
 * differentiates it. Outside of a gradient it just runs.
 */
export function checkpoint(x: tf.Tensor, { parameters, constants, run }: Checkpointed): tf.Tensor {
  if (!isRecording()) return run(x, constants);
  const drawn: number[] = [];
  return withGradient(
    [x, ...parameters],
    ([input], save) => {
      save([input!, ...constants]);
      return withSeeds({ drawn, replayed: undefined }, () => run(input!, constants));
    },
    (dy, [input, ...kept]) => {
      const again = (): tf.Tensor => withSeeds({ drawn, replayed: 0 }, () => run(input!, kept));
      const inputs = [input!, ...parameters];
      const { value, gradients } = differentiate(again, inputs, dy);
      value.dispose();
      return gradients.map((gradient, i) => gradient ?? tf.zerosLike(inputs[i]!));
    },
  );
}

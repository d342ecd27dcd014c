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

/** The seeds that a block draws, or draws again. */
interface Seeds {
  drawn: number[];
  /** How many have been drawn again; undefined in the first run. */
  replayed: number | undefined;
  /** Those of the block around it. */
  outer: Seeds | undefined;
}

/** Those of the innermost block that is being run. */
let seeds: Seeds | undefined;

function drawFrom(block: Seeds | undefined, draw: () => number): number {
  if (!block) return draw();
  if (block.replayed !== undefined) return block.drawn[block.replayed++]!;
  // A block that is run again runs those within it for the first time, once more.
  const seed = drawFrom(block.outer, draw);
  block.drawn.push(seed);
  return seed;
}

/** Where seeds come from instead of each layer's own stream, if a training loop keeps them in one. */
let source: (() => number) | undefined;

/**
 * Draws a seed for dropout; a block that is run again gets the seeds of its first run.
 *
 * @example
 * drawSeed(() => 7); // → 7
 */
export function drawSeed(draw: () => number): number {
  return drawFrom(seeds, source ?? draw);
}

/**
 * Runs `run` with all seeds of dropout drawn from one source, so that a checkpoint has one stream of chance to keep,
 * however many layers draw from it.
 *
 * @example
 * withSeedSource(() => 7, () => drawSeed(() => 1)); // → 7
 */
export function withSeedSource<T>(draw: () => number, run: () => T): T {
  const outer = source;
  source = draw;
  try {
    return run();
  } finally {
    source = outer;
  }
}

function withSeeds<T>(next: Pick<Seeds, "drawn" | "replayed">, run: () => T): T {
  const outer = seeds;
  seeds = { ...next, outer };
  try {
    return run();
  } finally {
    seeds = outer;
  }
}

/** Forgets the seeds of a block that an interrupt has cut off. */
export function forgetSeeds(): void {
  seeds = undefined;
  source = undefined;
}

/**
 * Runs a block and keeps only its input; the backward pass runs it again, with the same numbers to the bit, and then
 * differentiates it. Outside of a gradient it just runs.
 *
 * @example
 * checkpoint(tf.tensor1d([2]), { parameters: [], constants: [], run: (x) => tf.square(x) }); // → [4]
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

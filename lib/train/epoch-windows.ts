/** The rows of each optimiser step of an epoch. */
import { seededRandom } from "../random.ts";
import type { TrainingArguments } from "./arguments.ts";
import { sampleOrder } from "./sample-order.ts";

/** The numbers of the rows of each step of an epoch: what accumulation takes together, in the order it is trained on. */
export function windowsOfEpoch(
  lengths: readonly number[],
  epoch: number,
  args: TrainingArguments,
): number[][] {
  const { perDeviceTrainBatchSize: batchSize, gradientAccumulationSteps, seed, trainSamplingStrategy } = args;
  const size = batchSize * gradientAccumulationSteps;
  // The order follows from seed and epoch alone, so that a resumed run need not have drawn those before.
  const order = sampleOrder(lengths, {
    strategy: trainSamplingStrategy,
    batchSize,
    random: seededRandom(seed + epoch),
  });
  const windows: number[][] = [];
  for (let at = 0; at < order.length; at += size) windows.push(order.slice(at, at + size));
  return windows;
}

/** Optimiser steps of one epoch over so many rows. */
export function stepsOfEpoch(rows: number, args: TrainingArguments): number {
  return Math.ceil(Math.ceil(rows / args.perDeviceTrainBatchSize) / args.gradientAccumulationSteps);
}

/** How much of an epoch over so many rows is over after some optimiser steps, in micro-batches, as transformers counts it. */
export function shareOfEpoch(rows: number, steps: number, args: TrainingArguments): number {
  const batches = Math.ceil(rows / args.perDeviceTrainBatchSize);
  return Math.min(1, (steps * args.gradientAccumulationSteps) / batches);
}

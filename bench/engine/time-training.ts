/** Times optimiser steps of the library's own Trainer. */
import type { CausalLanguageModel } from "../../lib/nn/index.ts";
import { Trainer, TrainingArguments } from "../../lib/train/index.ts";

/** When training ends. */
export type TrainingEnd =
  /** After this many seconds, but not before `leastSteps` steps. */
  { seconds: number } | /** After exactly this many steps. */ { steps: number };

/** The loss (nats a token) and the duration (milliseconds) of each step. */
export interface TimedSteps {
  losses: number[];
  milliseconds: number[];
}

/** The first step compiles and warms up, and is no sample; two are needed behind it. */
export const leastSteps = 3;

/** More steps than any run makes, where time ends it. */
const endless = 1_000_000;

/**
 * Trains with AdamW (learning rate 1e-3, no weight decay, gradients clipped to norm 1) on batches of `batch` rows that
 * come round in order.
 */
export async function timeTraining(
  model: CausalLanguageModel,
  rows: readonly (readonly number[])[],
  { batch, end }: { batch: number; end: TrainingEnd },
): Promise<TimedSteps> {
  const losses: number[] = [];
  const milliseconds: number[] = [];
  let before = 0;
  let deadline = Infinity;
  const trainer = new Trainer({
    model,
    args: new TrainingArguments({
      perDeviceTrainBatchSize: batch,
      learningRate: 1e-3,
      lrSchedulerType: "constant",
      weightDecay: 0,
      maxGradNorm: 1,
      trainSamplingStrategy: "sequential",
      maxSteps: "steps" in end ? end.steps : endless,
      loggingSteps: endless,
    }),
    trainDataset: rows.map((row) => ({ inputIds: row, labels: row })),
    callbacks: [
      {
        onTrainBegin() {
          before = performance.now();
          if ("seconds" in end) deadline = before + 1000 * end.seconds;
        },
        onStepEnd({ loss }, control) {
          const now = performance.now();
          losses.push(loss);
          milliseconds.push(now - before);
          before = now;
          control.shouldTrainingStop = losses.length >= leastSteps && now >= deadline;
        },
      },
    ],
  });
  await trainer.train();
  return { losses, milliseconds };
}

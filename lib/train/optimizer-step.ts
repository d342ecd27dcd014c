/** One optimiser step: the gradients of a window of micro-batches, and what is done with them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { withSeedSource } from "../ops/index.ts";
import { clipFactor } from "../optim/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerState } from "./callbacks.ts";
import { sumOf, type RowLoss } from "./row-loss.ts";
import type { Run } from "./run.ts";
import { notFinite, windowGradients } from "./window-gradients.ts";

/** What a step works on. */
export interface OptimizerStepOptions<Row> {
  args: TrainingArguments;
  state: TrainerState;
  run: Run;
  loss: RowLoss<Row>;
  /** Called between two micro-batches. */
  onSubstepEnd: () => Promise<void>;
  /** Called with the gradients by parameter, before they are clipped. */
  onGradients: (gradients: ReadonlyMap<string, tf.Tensor>) => Promise<void> | undefined;
}

/**
 * Makes one step over the micro-batches of a window; rows without an item are passed over.
 *
 * @throws ResidencyError E_NUMERIC when the loss or a gradient is not finite; the weights are those of the step before.
 */
export async function optimizerStep<Row>(
  rows: readonly Row[],
  { args, state, run, loss: rowLoss, onSubstepEnd, onGradients }: OptimizerStepOptions<Row>,
): Promise<void> {
  const { parameters, optimizer, dropout } = run;
  const realTokens = sumOf(rows, (row) => rowLoss.lengthOf(row));
  const batches: (readonly Row[])[] = [];
  for (let at = 0; at < rows.length; at += args.perDeviceTrainBatchSize) {
    const batch = rows.slice(at, at + args.perDeviceTrainBatchSize).filter((row) => rowLoss.itemsOf(row) > 0);
    if (batch.length > 0) batches.push(batch);
  }
  if (batches.length === 0) {
    run.count(state, { loss: 0, gradNorm: 0, realTokens, metrics: {} });
    return;
  }
  const { loss, gradNorm, gradients, metrics } = await windowGradients(batches, {
    parameters,
    loss: rowLoss,
    around: (compute) => withSeedSource(() => dropout.int(2 ** 31), compute),
    onSubstepEnd,
  });
  try {
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      const names = await notFinite(gradients);
      throw new ResidencyError(
        "E_NUMERIC",
        `Cannot go on after step ${state.step}: the loss is ${loss} and the gradient norm ${gradNorm} ` +
          `(not finite: ${names.slice(0, 3).join(", ") || "no gradient"}${names.length > 3 ? ` and ${names.length - 3} more` : ""}); ` +
          "the weights are still those of that step. Lower learningRate, or look at the rows of the next batch",
      );
    }
    await onGradients(gradients);
    optimizer.step(gradients, run.rate(state), clipFactor(gradNorm, args.maxGradNorm));
  } finally {
    tf.dispose([...gradients.values()]);
  }
  run.count(state, { loss, gradNorm, realTokens, metrics });
}

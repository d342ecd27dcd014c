/** The mean loss of a model over rows that it is not trained on. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { CausalLanguageModel } from "../nn/index.ts";
import { nextTurn } from "../tensor/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { EvalLossWeighting } from "./strategies.ts";
import { metricMeans, readScalars } from "./metrics.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { sumOf, type RowLoss } from "./row-loss.ts";

/** What an evaluation comes to. */
export interface EvaluationResult {
  /** Mean loss an item (a trained token), in nats. */
  evalLoss: number;
  /** Means of the other figures an item, and what computeMetrics gives. */
  metrics?: Readonly<Record<string, number>>;
}

/** What `computeMetrics` can look at: the model is in evaluation mode and the last losses are known. */
export interface Evaluation<Row> {
  readonly model: CausalLanguageModel;
  readonly rows: readonly Row[];
  readonly evalLoss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Optimiser steps made so far. */
  readonly step: number;
}

/** Computes further figures at each evaluation, such as the share of right answers that the model generates. */
export type ComputeMetrics<Row> = (
  evaluation: Evaluation<Row>,
) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;

/** How rows are evaluated. */
export interface EvaluateOptions<Row> {
  batchSize: number;
  weighting: EvalLossWeighting;
  loss: RowLoss<Row>;
}

/** What a trainer evaluates. */
export interface EvaluateModelOptions<Row> {
  model: CausalLanguageModel;
  rows: readonly Row[];
  args: TrainingArguments;
  loss: RowLoss<Row>;
  computeMetrics: ComputeMetrics<Row> | undefined;
  /** Optimiser steps made so far. */
  step: number;
}

/**
 * Evaluates a model with dropout off; it is in training afterwards if it was before.
 *
 * @throws ResidencyError E_DATASET when there are no rows.
 */
export async function evaluateModel<Row>({
  model,
  rows,
  args,
  loss,
  computeMetrics,
  step,
}: EvaluateModelOptions<Row>): Promise<EvaluationResult> {
  if (rows.length === 0) {
    throw new ResidencyError("E_DATASET", "Cannot evaluate: the trainer has no evalDataset with labels");
  }
  const wasTraining = model.root.training;
  model.root.train(false);
  try {
    const { perDeviceEvalBatchSize: batchSize, evalLossWeighting: weighting } = args;
    const result = await evaluateRows(rows, { batchSize, weighting, loss });
    if (!computeMetrics) return result;
    const { evalLoss, metrics = {} } = result;
    const computed = await computeMetrics({ model, rows, evalLoss, metrics, step });
    return { evalLoss, metrics: { ...metrics, ...computed } };
  } finally {
    model.root.train(wasTraining);
  }
}

/** Evaluates rows, each of which has an item; the caller has switched dropout off. */
export async function evaluateRows<Row>(
  rows: readonly Row[],
  { batchSize, weighting, loss: rowLoss }: EvaluateOptions<Row>,
): Promise<EvaluationResult> {
  const means = metricMeans();
  let [sum, weights] = [0, 0];
  // Rows of like length together waste the least padding; a mean over tokens does not depend on the order.
  const ordered =
    weighting === "token" ? [...rows].sort((a, b) => rowLoss.lengthOf(b) - rowLoss.lengthOf(a)) : rows;
  for (let at = 0; at < ordered.length; at += batchSize) {
    const batch = ordered.slice(at, at + batchSize);
    const prepared = await rowLoss.prepare(batch);
    const compute = (): tf.TensorContainer =>
      rowLoss.summedLoss(batch, prepared) as unknown as tf.TensorContainer;
    const loss = tf.tidy(compute) as unknown as BatchLoss;
    tf.dispose(prepared);
    const figures = loss.metrics ?? {};
    const items = sumOf(batch, (row) => rowLoss.itemsOf(row));
    const [value = NaN, ...others] = await readScalars([loss.sum, ...Object.values(figures)]);
    const divisor = sumOf(batch, (row) => rowLoss.divisorOf(row));
    sum += weighting === "token" ? value : (value / divisor) * batch.length;
    weights += weighting === "token" ? items : batch.length;
    Object.keys(figures).forEach((name, index) =>
      means.add({ [name]: { sum: others[index]!, count: loss.counts?.[name] ?? items } }),
    );
    await nextTurn();
  }
  return { evalLoss: sum / weights, ...means.take() };
}

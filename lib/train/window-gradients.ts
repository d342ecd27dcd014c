/** The loss and the gradients of a window of micro-batches, summed as if it were one large batch. */
import * as tf from "@tensorflow/tfjs-core";
import type { Parameter } from "../nn/index.ts";
import { globalNorm } from "../optim/index.ts";
import { valueAndGradients, type ValueAndGradients } from "./gradients.ts";
import { addFigures, readScalars, type FigureSums } from "./metrics.ts";
import { sumOf, type RowLoss } from "./row-loss.ts";

/** The outcome of a window; the gradients are the caller's to dispose of. */
export interface WindowGradients {
  /** Mean loss an item, in nats. */
  loss: number;
  /** Norm of all gradients together. */
  gradNorm: number;
  gradients: Map<string, tf.Tensor>;
  metrics: FigureSums;
}

/** How the gradients of a window are computed. */
export interface WindowOptions<Row> {
  parameters: ReadonlyMap<string, Parameter>;
  loss: RowLoss<Row>;
  /** Runs each forward and backward pass. */
  around: <T>(run: () => T) => T;
  /** Called between two micro-batches. */
  onSubstepEnd: () => Promise<void>;
}

/**
 * Runs forward and backward passes over micro-batches, none of which is without an item. The summed losses are divided by the
 * items of the whole window, so that accumulation equals one large batch.
 */
export async function windowGradients<Row>(
  batches: readonly (readonly Row[])[],
  { parameters, loss: rowLoss, around, onSubstepEnd }: WindowOptions<Row>,
): Promise<WindowGradients> {
  const divisor = sumOf(batches.flat(), (row) => rowLoss.divisorOf(row));
  const gradients = new Map<string, tf.Tensor>();
  const losses: tf.Scalar[] = [];
  const figures: { name: string; sum: tf.Scalar; count: number }[] = [];
  try {
    for (const [index, batch] of batches.entries()) {
      if (index > 0) await onSubstepEnd();
      const ofBatch = sumOf(batch, (row) => rowLoss.itemsOf(row));
      const prepared = await rowLoss.prepare(batch);
      const loss = (): tf.Scalar =>
        tf.tidy(() => {
          const { sum, metrics = {}, counts = {} } = rowLoss.summedLoss(batch, prepared);
          for (const [name, value] of Object.entries(metrics))
            figures.push({ name, sum: tf.keep(value), count: counts[name] ?? ofBatch });
          return tf.div(sum, divisor);
        });
      let result: ValueAndGradients;
      try {
        result = around(() => valueAndGradients(loss, parameters));
      } finally {
        tf.dispose(prepared);
      }
      losses.push(result.value);
      addInto(gradients, result.gradients);
    }
    const normTensor = globalNorm(gradients.values());
    // Read together and only now: each wait lets a GPU run dry.
    const values = await readScalars([normTensor, ...losses, ...figures.map(({ sum }) => sum)]);
    const metrics: FigureSums = {};
    for (const [index, { name, count }] of figures.entries()) {
      addFigures(metrics, { [name]: { sum: values[1 + losses.length + index]!, count } });
    }
    const loss = values.slice(1, 1 + losses.length).reduce((sum, value) => sum + value, 0);
    return { loss, gradNorm: values[0]!, gradients, metrics };
  } catch (error) {
    tf.dispose([...gradients.values(), ...losses, ...figures.map(({ sum }) => sum)]);
    throw error;
  }
}

/** Adds gradients to those of earlier micro-batches; takes them over. */
function addInto(sums: Map<string, tf.Tensor>, gradients: ReadonlyMap<string, tf.Tensor>): void {
  for (const [name, gradient] of gradients) {
    const sum = sums.get(name);
    sums.set(name, sum ? tf.add(sum, gradient) : gradient);
    if (sum) tf.dispose([sum, gradient]);
  }
}

/** The names of the gradients that are not finite. */
export async function notFinite(gradients: ReadonlyMap<string, tf.Tensor>): Promise<string[]> {
  const names = [...gradients.keys()];
  const norms = await readScalars([...gradients.values()].map((gradient) => globalNorm([gradient])));
  return names.filter((_, index) => !Number.isFinite(norms[index]));
}

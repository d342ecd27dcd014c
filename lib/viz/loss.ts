/** The loss curve of a training run. */
import { ResidencyError } from "../errors.ts";
import { lineChart, type Series } from "./charts.ts";
import type { Figure, FigureOptions } from "./figure.ts";

/** The entries of a trainer's log that the figure reads; others are left out. */
export interface LossLogEntry {
  step: number;
  /** Mean training loss since the last entry, in nats per token. */
  loss?: number | undefined;
  /** Mean loss on the evaluation data, in nats per token. */
  evalLoss?: number | undefined;
}

/**
 * Training loss and, where it was measured, evaluation loss by optimizer step.
 *
 * @example
 * lossFigure([{ step: 1, loss: 3 }, { step: 2, loss: 2.5, evalLoss: 2.7 }]).data.length; // → 2
 */
export function lossFigure(logHistory: readonly LossLogEntry[], options: FigureOptions = {}): Figure {
  const series = [seriesOf(logHistory, "loss", "training"), seriesOf(logHistory, "evalLoss", "evaluation")];
  const measured = series.filter(({ x }) => x.length > 0);
  if (measured.length === 0) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot draw a loss curve: no entry of the log has a loss; train first",
    );
  }
  return lineChart(measured, {
    title: "Loss",
    xLabel: "Optimizer step",
    yLabel: "Cross-entropy (nats per token)",
    ...options,
  });
}

function seriesOf(log: readonly LossLogEntry[], key: "loss" | "evalLoss", name: string): Series {
  const entries = log.filter((entry) => entry[key] !== undefined);
  return { name, x: entries.map(({ step }) => step), y: entries.map((entry) => entry[key]!) };
}

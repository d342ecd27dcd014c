/** Which evaluation of a run is the best so far. */
import { ResidencyError } from "../errors.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { LogEntry } from "./callbacks.ts";

/**
 * The figure of an evaluation by its name: "loss" is its loss, others come from computeMetrics or the kind of training;
 * transformers' prefix `eval_` may stand before it.
 *
 * @throws ResidencyError E_CONFIG naming the figures that the evaluation has.
 */
export function metricOf({ evalLoss, metrics = {} }: LogEntry, name: string): number {
  const plain = name.replace(/^eval_?(?=.)/, "");
  if (plain.toLowerCase() === "loss" && evalLoss !== undefined) return evalLoss;
  const value = metrics[name] ?? metrics[plain];
  if (value !== undefined) return value;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot find metricForBestModel "${name}" in an evaluation: it has ${["loss", ...Object.keys(metrics)].join(", ")}`,
  );
}

/** Whether a metric is better than another; anything is better than none, and NaN than nothing. */
export function isBetter(
  metric: number,
  than: number | undefined,
  { greaterIsBetter }: Pick<TrainingArguments, "greaterIsBetter">,
): boolean {
  if (than === undefined) return !Number.isNaN(metric);
  return greaterIsBetter ? metric > than : metric < than;
}

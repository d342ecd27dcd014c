/** Which evaluation of a run is the best so far. */
import { ResidencyError } from "../errors.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { LogEntry, TrainerState } from "./callbacks.ts";

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

/**
 * Writes an evaluation into the state when the best one is asked for and it is the best so far; says whether it did.
 *
 * @throws ResidencyError E_CONFIG as {@link metricOf} does.
 */
export function noteBest(state: TrainerState, entry: LogEntry, args: TrainingArguments): boolean {
  if (!args.loadBestModelAtEnd && args.saveStrategy !== "best") return false;
  const metric = metricOf(entry, args.metricForBestModel);
  if (!isBetter(metric, state.bestMetric, args)) return false;
  state.bestMetric = metric;
  state.bestGlobalStep = state.step;
  return true;
}

/** trainer_state.json: the log and the best metric of a run, under the names that transformers gives them. */
import { ResidencyError } from "../errors.ts";
import type { LogEntry, TrainerState } from "./callbacks.ts";

/** The fields of a log entry and their names in the file. */
const logNames = {
  step: "step",
  epoch: "epoch",
  loss: "loss",
  gradNorm: "grad_norm",
  learningRate: "learning_rate",
  tokensPerSecond: "tokens_per_second",
  evalLoss: "eval_loss",
} as const satisfies Record<Exclude<keyof LogEntry, "metrics">, string>;

/** The part of a state that a checkpoint keeps. */
export type StoredState = Pick<
  TrainerState,
  "step" | "maxSteps" | "epoch" | "logHistory" | "bestMetric" | "bestGlobalStep" | "bestModelCheckpoint"
>;

/** The state before the first step of a run of so many. */
export function emptyState(maxSteps: number): TrainerState {
  return {
    ...{ step: 0, maxSteps, epoch: 0, loss: NaN, tokensPerSecond: 0, secondsLeft: NaN, logHistory: [] },
    ...{ bestMetric: undefined, bestGlobalStep: undefined, bestModelCheckpoint: undefined },
  };
}

/** Makes a state that of a new run; it stays the same object, and so does its log. */
export function resetState(state: TrainerState): void {
  state.logHistory.length = 0;
  Object.assign(state, { ...emptyState(state.maxSteps), logHistory: state.logHistory });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(what: string): never {
  throw new ResidencyError("E_CHECKPOINT", `Cannot read trainer_state.json: ${what}`);
}

/** A log entry as the file has it. */
export function logEntryJson({ metrics, ...entry }: LogEntry): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [name, stored] of Object.entries(logNames)) {
    const value = entry[name as keyof typeof entry];
    if (value !== undefined) json[stored] = value;
  }
  return metrics ? { ...json, metrics } : json;
}

function parseLogEntry(json: unknown): LogEntry {
  if (!isRecord(json)) return refuse("an entry of log_history is no object");
  const entry: Record<string, unknown> = {};
  for (const [name, stored] of Object.entries(logNames)) {
    const value = json[stored];
    if (value === undefined) continue;
    // JSON has no NaN.
    entry[name] = value === null ? NaN : typeof value === "number" ? value : refuse(`${stored} is no number`);
  }
  if (entry["step"] === undefined || entry["epoch"] === undefined)
    return refuse("an entry has no step or epoch");
  const { metrics } = json;
  if (metrics !== undefined) {
    if (!isRecord(metrics)) return refuse("the metrics of an entry are no object");
    entry["metrics"] = Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [
        name,
        typeof value === "number" ? value : value === null ? NaN : refuse("a metric is no number"),
      ]),
    );
  }
  return entry as unknown as LogEntry;
}

/** The content of trainer_state.json. */
export function trainerStateJson(state: StoredState): Record<string, unknown> {
  return {
    best_global_step: state.bestGlobalStep ?? null,
    best_metric: state.bestMetric ?? null,
    best_model_checkpoint: state.bestModelCheckpoint ?? null,
    epoch: state.epoch,
    global_step: state.step,
    log_history: state.logHistory.map(logEntryJson),
    max_steps: state.maxSteps,
  };
}

/**
 * Reads the content of trainer_state.json.
 *
 * @throws ResidencyError E_CHECKPOINT naming what is missing or of another type.
 */
export function parseTrainerState(json: Readonly<Record<string, unknown>>): StoredState {
  const number = (name: string): number => {
    const value = json[name];
    return typeof value === "number" ? value : refuse(`${name} is no number`);
  };
  const optional = (name: string): number | undefined => (json[name] === null ? undefined : number(name));
  const best = json["best_model_checkpoint"];
  if (best !== null && typeof best !== "string") refuse("best_model_checkpoint is neither text nor null");
  const log = json["log_history"];
  if (!Array.isArray(log)) return refuse("log_history is no list");
  return {
    step: number("global_step"),
    maxSteps: number("max_steps"),
    epoch: number("epoch"),
    logHistory: log.map(parseLogEntry),
    bestMetric: optional("best_metric"),
    bestGlobalStep: optional("best_global_step"),
    bestModelCheckpoint: best ?? undefined,
  };
}

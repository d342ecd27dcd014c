/** Writes the log of a run to files: JSON Lines, and TensorBoard's event files. */
import type { LogEntry, TrainerCallback, TrainerState } from "./callbacks.ts";
import { fileVersionEvent, scalarsEvent, sessionStartEvent } from "./event-file.ts";
import type { ReportTarget } from "./strategies.ts";
import { logEntryJson } from "./trainer-state.ts";

/** A place for log files. */
export interface LogFolder {
  /** Writes a file anew. */
  write(file: string, content: string | Uint8Array): void;
  append(file: string, content: string | Uint8Array): void;
  /** A name for an event file that no other run has. */
  eventFileName(): string;
}

/** The name of the JSON Lines file. */
export const logFileName = "training_log.jsonl";

const line = (entry: LogEntry): string => `${JSON.stringify(logEntryJson(entry))}\n`;

/**
 * A callback that writes each entry of the log as a line with the names of trainer_state.json. The file begins with what the
 * run already has when it is resumed, so that no step is in it twice.
 *
 * @example
 * const callback = jsonLinesLog(logFolder("out/logs"));
 */
export function jsonLinesLog(folder: LogFolder): TrainerCallback {
  const append = ({ logHistory }: TrainerState): void => folder.append(logFileName, line(logHistory.at(-1)!));
  return {
    onTrainBegin: ({ logHistory }) => folder.write(logFileName, logHistory.map(line).join("")),
    onLog: append,
    onEvaluate: append,
  };
}

/**
 * The scalars of an entry under transformers' tags: `train/loss`, `train/grad_norm`, `eval/loss`, …
 *
 * @example
 * scalarsOf({ step: 10, epoch: 1, loss: 2.5, gradNorm: 0.5 }); // → { "train/loss": 2.5, "train/grad_norm": 0.5, … }
 */
export function scalarsOf({ metrics = {}, ...entry }: LogEntry): Record<string, number> {
  const isEvaluation = entry.evalLoss !== undefined;
  const figures = Object.entries(logEntryJson(entry) as Record<string, number>).filter(
    ([name]) => name !== "step" && !(isEvaluation && name === "epoch"),
  );
  const group = isEvaluation ? "eval" : "train";
  return Object.fromEntries(
    [...figures, ...Object.entries(metrics)].map(([name, value]) => [
      `${group}/${name.replace(/^eval_/, "")}`,
      value,
    ]),
  );
}

/**
 * A callback that writes each entry of the log to an event file that TensorBoard reads.
 *
 * @example
 * const callback = tensorBoardLog(logFolder("out/runs"));
 */
export function tensorBoardLog(
  folder: LogFolder,
  { now = Date.now }: { now?: () => number } = {},
): TrainerCallback {
  let file = "";
  const seconds = (): number => now() / 1000;
  const append = ({ logHistory }: TrainerState): void => {
    const entry = logHistory.at(-1)!;
    folder.append(file, scalarsEvent(seconds(), entry.step, scalarsOf(entry)));
  };
  return {
    onTrainBegin({ step }) {
      file = folder.eventFileName();
      folder.write(file, fileVersionEvent(seconds()));
      if (step > 0) folder.append(file, sessionStartEvent(seconds(), step + 1));
    },
    onLog: append,
    onEvaluate: append,
  };
}

/** The callbacks that write the wanted kinds of log files. */
export function logCallbacks(folder: LogFolder, targets: readonly ReportTarget[]): TrainerCallback[] {
  const makers = { jsonl: jsonLinesLog, tensorboard: tensorBoardLog } as const;
  return targets.map((target) => makers[target](folder));
}

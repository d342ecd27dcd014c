/** The callbacks that a trainer has by itself, beside those that it is given: log files, and progress on a terminal. */
import type { Screen } from "../viz/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerCallback } from "./callbacks.ts";
import { logCallbacks } from "./log-files.ts";
import { logFolder } from "./logs/node.ts";
import { terminalProgress, type TerminalProgress } from "./terminal-progress.ts";

/** On a terminal, of runs that last longer than a second, unless it is not wanted or another callback shows it. */
export function ownProgress(
  { disableTqdm }: TrainingArguments,
  given: readonly TrainerCallback[],
): TerminalProgress | undefined {
  // A browser has no terminal.
  const screen = typeof process === "undefined" ? undefined : (process.stderr as Screen | undefined);
  if (!screen || disableTqdm === true || given.some(({ showsProgress }) => showsProgress === true))
    return undefined;
  return disableTqdm === false || screen.isTTY === true
    ? terminalProgress(screen, { after: 1000 })
    : undefined;
}

/** The callbacks of a run in the order they are called; `clear` takes away what is shown when a run ends early. */
export function withOwnCallbacks(
  args: TrainingArguments,
  given: readonly TrainerCallback[] = [],
): { callbacks: readonly TrainerCallback[]; clear(): void } {
  const { loggingDir, reportTo } = args;
  const logs = loggingDir === undefined ? [] : logCallbacks(logFolder(loggingDir), reportTo);
  const progress = ownProgress(args, given);
  return { callbacks: [...logs, ...given, ...(progress ? [progress] : [])], clear: () => progress?.clear() };
}

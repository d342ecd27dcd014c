/** Long work of a command: Ctrl-C stops it, its progress is a line of standard error, its errors are exit codes. */
import { ResidencyError } from "../../lib/index.ts";
import { createLiveTerminal, formatPlainProgress, formatProgress } from "../../lib/viz/index.ts";

/** What the work is given. */
export interface Interruptible {
  /** Aborted by Ctrl-C; a second one ends the process as it always does. */
  signal: AbortSignal;
  /** Shows how far it is, with the time left from the speed since the first call. */
  progress: (step: number, total: number) => void;
}

/**
 * Runs a command's work and writes the text that it gives to standard output. Exit codes: 0; 130 when it was interrupted, 2 for a
 * setting that cannot be (E_CONFIG), 1 for any other error with a code. Errors without one are faults, and go through.
 *
 * @example
 * const naming = { command: "residency count", label: "count", unit: "rows" };
 * await runInterruptible(naming, () => Promise.resolve("")); // → 0
 */
export async function runInterruptible(
  { command, label, unit }: { command: string; label: string; unit: string },
  work: (interruptible: Interruptible) => Promise<string>,
): Promise<number> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once("SIGINT", stop);
  const terminal = createLiveTerminal(process.stderr);
  let first: { step: number; time: number } | undefined;
  const progress = (step: number, total: number): void => {
    const now = performance.now();
    first ??= { step, time: now }; // what an earlier run has done took no time of this one
    const secondsAStep = (now - first.time) / 1000 / (step - first.step);
    const state = {
      ...{ label, unit, step, total },
      ...(step > first.step ? { etaSeconds: secondsAStep * (total - step) } : {}),
    };
    terminal.status(formatProgress(state, process.stderr.columns), formatPlainProgress(state));
  };
  try {
    const text = await work({ signal: abort.signal, progress });
    terminal.clear();
    process.stdout.write(text);
    return 0;
  } catch (error) {
    terminal.clear();
    if (!(error instanceof ResidencyError)) throw error;
    process.stderr.write(`${command}: ${error.message}\n`);
    return error.code === "E_INTERRUPTED" ? 130 : error.code === "E_CONFIG" ? 2 : 1;
  } finally {
    process.off("SIGINT", stop);
  }
}

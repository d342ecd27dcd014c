/** Shows a run on a terminal: a bar while it goes on, and a line for each evaluation. */
import { createLiveTerminal, formatPlainProgress, formatProgress, type Screen } from "../viz/index.ts";
import type { TrainerCallback } from "./callbacks.ts";
import { progressOfRun } from "./live.ts";

/** A callback whose line can be taken away. */
export interface TerminalProgress extends TrainerCallback {
  /** Takes the bar away; for runs that end by an error. */
  clear(): void;
}

/** How progress is shown. */
export interface TerminalProgressOptions {
  label?: string;
  /** Milliseconds that a run has to last before it is shown; 0 when left out. */
  after?: number;
  /** Milliseconds since some point in time. */
  now?: () => number;
}

/**
 * A callback that shows a bar on a terminal, and now and then a line where there is none.
 *
 * @example
 * const args = new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 1, disableTqdm: true });
 * const callbacks = [terminalProgress(process.stderr)];
 * const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset: rows, args, callbacks });
 */
export function terminalProgress(
  screen: Screen,
  { label = "train", after = 0, now = () => performance.now() }: TerminalProgressOptions = {},
): TerminalProgress {
  const terminal = createLiveTerminal(screen, { now });
  let begin = now();
  return {
    showsProgress: true,
    onDataPreparation(progress) {
      if (progress.step === progress.total) terminal.clear();
      else terminal.status(formatProgress(progress, screen.columns), formatPlainProgress(progress));
    },
    onTrainBegin: () => void (begin = now()),
    onStepEnd(state) {
      if (now() - begin < after) return;
      const progress = progressOfRun(label, state);
      terminal.status(formatProgress(progress, screen.columns), formatPlainProgress(progress));
    },
    onEvaluate({ logHistory, step }) {
      if (now() - begin < after) return;
      terminal.line(`step ${step}  evaluation loss ${(logHistory.at(-1)?.evalLoss ?? NaN).toFixed(4)}`);
    },
    onTrainEnd: () => terminal.clear(),
    clear: () => terminal.clear(),
  };
}

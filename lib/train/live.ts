/** Shows a run while it goes on: a progress line and the loss curve, in any notebook that can display values. */
import { displaySymbol, formatPlainProgress, lossFigure, progressMime, type Progress } from "../viz/index.ts";
import type { TrainerCallback, TrainerState } from "./callbacks.ts";

/** Shows a value and gives a handle to replace it; a notebook's `display` is one. */
export type Display = (value: unknown) => { update(value: unknown): void };

/**
 * A value that a notebook shows as a line of text, and a program reads as numbers.
 *
 * @example
 * progressDisplay({ label: "train", step: 3, total: 10, loss: 2.5 });
 */
export function progressDisplay(progress: Progress): object {
  return {
    [displaySymbol]: () => ({ [progressMime]: progress, "text/plain": formatPlainProgress(progress) }),
  };
}

/** How far a run is. */
export function progressOfRun(
  label: string,
  { step, maxSteps, loss, tokensPerSecond, secondsLeft }: TrainerState,
): Progress {
  return { label, step, total: maxSteps, loss, tokensPerSecond, etaSeconds: secondsLeft, unit: "steps" };
}

/**
 * A callback that shows how far the data are, progress after each step, and the loss curve after each log entry.
 *
 * @example
 * const display = (value: unknown) => ({ update: (next: unknown) => console.log(next) }); // a notebook has its own
 * const callbacks = [liveTraining(display)];
 */
export function liveTraining(
  display: Display,
  { label = "train" }: { label?: string } = {},
): TrainerCallback {
  let line: ReturnType<Display> | undefined;
  let curve: ReturnType<Display> | undefined;
  const preparations = new Map<string, ReturnType<Display>>();
  const progressOf = (state: TrainerState): object => progressDisplay(progressOfRun(label, state));
  const draw = (state: TrainerState): void => {
    if (!state.logHistory.some((entry) => entry.loss !== undefined)) return;
    const figure = lossFigure(state.logHistory);
    if (curve) curve.update(figure);
    else curve = display(figure);
  };
  return {
    showsProgress: true,
    onDataPreparation(progress) {
      const shown = preparations.get(progress.label);
      if (shown) shown.update(progressDisplay(progress));
      else preparations.set(progress.label, display(progressDisplay(progress)));
    },
    onStepEnd(state) {
      if (line) line.update(progressOf(state));
      else line = display(progressOf(state));
    },
    onLog: draw,
    onEvaluate: draw,
  };
}

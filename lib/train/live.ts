/** Shows a run while it goes on: a progress line and the loss curve, in any notebook that can display values. */
import { displaySymbol, lossFigure } from "../viz/index.ts";
import type { TrainerCallback, TrainerState } from "./callbacks.ts";

/** Shows a value and gives a handle to replace it; a notebook's `display` is one. */
export type Display = (value: unknown) => { update(value: unknown): void };

/** The media type under which progress is told to programs that run notebooks. */
export const progressMime = "application/vnd.residency.progress+json";

/** The content of a progress message. */
export interface Progress {
  label: string;
  step: number;
  total: number;
  /** Nats a trained token. */
  loss?: number;
  tokensPerSecond?: number;
  etaSeconds?: number;
  unit?: string;
}

/**
 * A value that a notebook shows as a line of text, and a program reads as numbers.
 *
 * @example
 * progressDisplay({ label: "train", step: 3, total: 10, loss: 2.5 });
 */
export function progressDisplay(progress: Progress): object {
  const { label, step, total, loss, tokensPerSecond, etaSeconds } = progress;
  const parts = [
    `${label} ${step}/${total}`,
    loss === undefined ? "" : `loss ${loss.toFixed(3)}`,
    tokensPerSecond === undefined ? "" : `${Math.round(tokensPerSecond)} tokens/s`,
    etaSeconds === undefined ? "" : `${Math.round(etaSeconds)} s left`,
  ];
  const text = parts.filter((part) => part !== "").join(" · ");
  return { [displaySymbol]: () => ({ [progressMime]: progress, "text/plain": text }) };
}

/**
 * A callback that shows progress after each step and the loss curve after each log entry.
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
  const progressOf = (state: TrainerState): object =>
    progressDisplay({
      label,
      step: state.step,
      total: state.maxSteps,
      loss: state.loss,
      tokensPerSecond: state.tokensPerSecond,
      etaSeconds: state.secondsLeft,
      unit: "step",
    });
  const draw = (state: TrainerState): void => {
    if (!state.logHistory.some((entry) => entry.loss !== undefined)) return;
    const figure = lossFigure(state.logHistory);
    if (curve) curve.update(figure);
    else curve = display(figure);
  };
  return {
    onStepEnd(state) {
      if (line) line.update(progressOf(state));
      else line = display(progressOf(state));
    },
    onLog: draw,
    onEvaluate: draw,
  };
}

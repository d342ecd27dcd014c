/** Shows a run on a terminal: a line for each cell, and a live line for the one that runs. */
import {
  createLiveTerminal,
  createPainter,
  formatDuration,
  formatPlainProgress,
  formatProgress,
  singleLine,
} from "../terminal/index.ts";
import type { LiveTerminalOptions, Screen } from "../terminal/index.ts";
import type { CellPlace, RunListener } from "./run-notebook.ts";

/** A listener that writes to a screen; `close` takes the live line away. */
export function showRun(screen: Screen, options: LiveTerminalOptions = {}): RunListener & { close(): void } {
  const terminal = createLiveTerminal(screen, options);
  const paint = createPainter(screen);
  let ticker: NodeJS.Timeout | undefined;
  let hasProgress = false;
  const stopTicker = () => {
    clearInterval(ticker);
    ticker = undefined;
  };
  return {
    cellStarted(place) {
      hasProgress = false;
      const began = Date.now();
      const tick = () => {
        if (!hasProgress)
          terminal.status(`  ${label(place)}  ${formatDuration((Date.now() - began) / 1000)}`);
      };
      tick();
      if (terminal.isTerminal) ticker = setInterval(tick, 1000);
    },
    progress(place, progress) {
      hasProgress = true;
      const number = `  ${place.number}/${place.count}  `;
      const room = (screen.columns ?? 80) - number.length - 1;
      terminal.status(number + formatProgress(progress, room), number + formatPlainProgress(progress));
    },
    cellEnded(place, seconds, ok) {
      stopTicker();
      const mark = ok ? paint("green", "✓") : paint("red", "✗");
      terminal.line(`${mark} ${label(place)}  ${paint("dim", formatDuration(seconds))}`);
    },
    close() {
      stopTicker();
      terminal.clear();
    },
  };
}

function label({ number, count, title }: CellPlace): string {
  const width = String(count).length;
  const text = singleLine(title);
  return `${String(number).padStart(width)}/${count}  ${(text.length > 60 ? `${text.slice(0, 59)}…` : text).padEnd(60)}`;
}

/** A terminal with permanent lines and one live line below them; a log file gets plain lines, now and then. */

/** What is written to: a stream such as process.stdout. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Permanent lines above one line that changes. */
export interface LiveTerminal {
  readonly isTerminal: boolean;
  /** Writes a permanent line. */
  line(text: string): void;
  /** Shows `live` at the bottom of a terminal, or `plain` as a line of a log; both are limited in rate. */
  status(live: string, plain?: string): void;
  /** Takes the live line away. */
  clear(): void;
}

/** Options of `createLiveTerminal`; times in milliseconds. */
export interface LiveTerminalOptions {
  now?: () => number;
  /** Least time between two drawings of the live line. */
  liveInterval?: number;
  /** Least time between two plain lines where there is no terminal. */
  plainInterval?: number;
}

/**
 * Makes a live terminal of a stream.
 *
 * @example
 * const live = createLiveTerminal(process.stderr);
 * live.status("train: 3/9 steps");
 * live.clear();
 */
export function createLiveTerminal(screen: Screen, options: LiveTerminalOptions = {}): LiveTerminal {
  const { now = Date.now, liveInterval = 100, plainInterval = 5000 } = options;
  const isTerminal = screen.isTTY === true;
  let shown = false;
  let last = -Infinity;
  const erase = () => {
    if (shown) screen.write("\r\u001b[2K");
    shown = false;
  };
  return {
    isTerminal,
    line(text) {
      erase();
      screen.write(`${text}\n`);
    },
    status(live, plain) {
      const time = now();
      if (isTerminal) {
        if (shown && time - last < liveInterval) return;
        erase();
        // One column stays free: some terminals wrap when the last one is filled.
        screen.write(
          Array.from(live)
            .slice(0, (screen.columns ?? 80) - 1)
            .join(""),
        );
        shown = true;
        last = time;
      } else if (plain !== undefined && time - last >= plainInterval) {
        screen.write(`${plain}\n`);
        last = time;
      }
    },
    clear: erase,
  };
}

/** Updates at a pace that a browser can take: the newest one wins, and the last one is sent before the cell ends. */

/** Shortest time between two updates of the same thing, in milliseconds. */
const defaultIntervalMs = 60;

/** Sends something now or soon. */
export interface Throttle {
  /** Asks for the newest state to be sent; at once when the last time is long enough ago. */
  request(): void;
  /** Sends what waits. */
  flush(): void;
  /** Forgets what waits. */
  cancel(): void;
}

const waiting = new Set<Throttle>();
// The timers of cells are followed and stopped by interrupts; these are not part of a cell.
const setTimeoutOutside = setTimeout;

/** A throttle around `send`, which has to send the newest state whenever it is called. */
export function createThrottle(send: () => void, intervalMs = defaultIntervalMs): Throttle {
  let sentAt = -Infinity;
  const now = (): void => {
    waiting.delete(throttle);
    sentAt = performance.now();
    send();
  };
  const throttle: Throttle = {
    request() {
      // A loop that never yields is seen too, since each request looks at the clock.
      const wait = sentAt + intervalMs - performance.now();
      if (wait <= 0) {
        now();
      } else if (!waiting.has(throttle)) {
        waiting.add(throttle);
        setTimeoutOutside(() => throttle.flush(), wait).unref();
      }
    },
    flush() {
      if (waiting.has(throttle)) now();
    },
    cancel: () => void waiting.delete(throttle),
  };
  return throttle;
}

/** Sends everything that waits, and what the sending of it makes wait. */
export function flushThrottled(): void {
  while (waiting.size > 0) for (const throttle of [...waiting]) throttle.flush();
}

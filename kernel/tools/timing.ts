/** `time`: how long one call takes. */
import { isPromiseLike } from "./promise-like.ts";

/**
 * Calls a function once, shows how long that took by the clock and on the processor, and gives its value.
 *
 * A function that gives a promise is timed until the promise is settled. A failure is timed too, and passed on.
 *
 * @example
 * const rows = await time(() => loadRows("notes.jsonl"));
 */
export function time<T>(call: () => T): T {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const show = (): void => {
    const wall = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const parts = `user ${formatSeconds(user / 1e6)}, system ${formatSeconds(system / 1e6)}`;
    process.stdout.write(
      `${formatSeconds(wall)} by the clock, ${formatSeconds((user + system) / 1e6)} of CPU (${parts})\n`,
    );
  };
  let waits = false;
  try {
    const value = call();
    if (!isPromiseLike(value)) return value;
    waits = true;
    return Promise.resolve(value).finally(show) as T;
  } finally {
    if (!waits) show();
  }
}

/** Seconds with three figures and the unit that fits: `1.25 µs`, `48.3 ms`, `2.00 s`, `3 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 99.95) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  }
  const [unit, scale] =
    seconds >= 0.9995
      ? (["s", 1] as const)
      : seconds >= 0.9995e-3
        ? (["ms", 1e3] as const)
        : seconds >= 0.9995e-6
          ? (["µs", 1e6] as const)
          : (["ns", 1e9] as const);
  const value = seconds * scale;
  return `${value === 0 ? "0" : value.toPrecision(3)} ${unit}`;
}

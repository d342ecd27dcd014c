/** Durations and counts as people read them. */

/**
 * Seconds as text: `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`.
 *
 * @example
 * formatDuration(185); // → "3 min 05 s"
 */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/**
 * A count with thousands separators, whatever the machine's locale is.
 *
 * @example
 * formatCount(11657.4); // → "11,657"
 */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

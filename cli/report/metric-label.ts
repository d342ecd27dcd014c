/** What stands beside a figure in a report's table, made of the name that a program gave it. */

/** Units that end a name, as they are written. */
const units = new Map([
  ["kb", "kB"],
  ["mb", "MB"],
  ["gb", "GB"],
  ["ms", "ms"],
  ["percent", "%"],
]);

/** Short forms that programs use and readers should not have to know. */
const longForms = new Map([
  ["avg", "mean"],
  ["eval", "evaluation"],
  ["lr", "learning rate"],
  ["max", "highest"],
  ["min", "lowest"],
  ["num", "number of"],
  ["params", "parameters"],
  ["rss", "memory"],
  ["secs", "seconds"],
]);

/** `tokensPerSecond` as `tokens per second`, `peakRssMb` as `peak memory (MB)`, `tokenF1` as `token F1`, `eval_loss` as `evaluation loss`. */
export function metricLabel(name: string): string {
  const words = name
    .replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])|[_\s]+/g, " ")
    .split(" ")
    .filter((word) => word !== "")
    // Capitals stay where they are a name of their own: F1, ROUGE, L.
    .map((word) => (/^[A-Z][a-z]/.test(word) ? word.toLowerCase() : word));
  const unit = words.length > 1 ? units.get(words.at(-1)?.toLowerCase() ?? "") : undefined;
  const shown = unit === undefined ? words : words.slice(0, -1);
  const text = shown.map((word) => longForms.get(word.toLowerCase()) ?? word).join(" ");
  return unit === undefined ? text : `${text} (${unit})`;
}

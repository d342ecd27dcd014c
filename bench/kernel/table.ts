/** The results as an aligned table: medians, what is remarkable, and the goals. */
import type { RowResult, Sample } from "./measurement.ts";

/** Least, middle and greatest of some numbers. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The spread of the samples that have a number, or undefined when none has. */
export function spreadOf(samples: readonly Sample[]): Spread | undefined {
  const values = samples.flatMap(({ value }) => (value === undefined ? [] : [value])).sort((a, b) => a - b);
  const [min, max] = [values[0], values.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const half = values.length >> 1;
  const upper = values[half] ?? max;
  const median = values.length % 2 === 1 ? upper : ((values[half - 1] ?? min) + upper) / 2;
  return { min, median, max };
}

/** One line for each row, the columns under the names of the kernels. */
export function formatTable(kernelNames: readonly string[], rows: readonly RowResult[]): string {
  const lines = [
    ["", ...kernelNames, "goal"],
    ...rows.map((row) => [
      `${row.name}, ${row.unit}`,
      ...kernelNames.map((name) => formatSamples(row.samples[name] ?? [])),
      row.goal,
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths?.[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function formatSamples(samples: readonly Sample[]): string {
  const spread = spreadOf(samples);
  const notes = new Map<string, number>();
  for (const { note } of samples) if (note !== undefined) notes.set(note, (notes.get(note) ?? 0) + 1);
  const parts = [...notes].map(([note, count]) =>
    count === samples.length ? note : `${note} (${count} of ${samples.length})`,
  );
  if (spread) {
    const { min, median, max } = spread;
    const range = samples.length > 1 ? ` (${formatNumber(min)} to ${formatNumber(max)})` : "";
    parts.unshift(`${formatNumber(median)}${range}`);
  }
  return parts.join(", ") || "not measured";
}

function formatNumber(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
}

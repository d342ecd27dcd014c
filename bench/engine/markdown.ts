/** The comparison as a Markdown table, and its place in a file. */
import { existsSync, readFileSync } from "node:fs";
import { ResidencyError } from "../../lib/errors.ts";
import { writeFileAtomically } from "../../lib/hub/index.ts";
import type { ComparisonRow } from "./comparison.ts";
import { machineLine, type Machine } from "./machine.ts";
import { ownName } from "./peer.ts";

/** Between these lines of a file the table stands. */
export const markdownMarks = { begin: "<!-- bench:peers -->", end: "<!-- /bench:peers -->" };

const header = [
  "workload",
  "engine",
  "tokens/s",
  "slowest to fastest",
  "ms a step",
  "peak MB",
  "speed ours/peer",
  "memory ours/peer",
];

/** Columns of numbers are aligned on the right. */
const firstNumber = 2;

/** Three digits or all of the whole part. */
function figure(value: number): string {
  if (value >= 100) return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
  return value.toFixed(value >= 10 ? 1 : 2);
}

const ratio = (value: number | null, row: ComparisonRow): string =>
  value === null ? "–" : row.peer === ownName ? "" : value.toFixed(2);

function cells(row: ComparisonRow): string[] {
  return [
    row.workload,
    row.engine === row.peer || row.engine.startsWith(row.peer) ? row.engine : `${row.peer} (${row.engine})`,
    figure(row.tokens_per_s),
    `${figure(row.slowest)} to ${figure(row.fastest)}`,
    figure(row.ms_per_step),
    figure(row.peak_rss_mb),
    ratio(row.speed_ratio, row),
    ratio(row.memory_ratio, row),
  ];
}

/** The table, in columns of one width as prettier writes them. */
export function markdownTable(rows: readonly ComparisonRow[]): string {
  const lines = [header, ...rows.map(cells)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const rule = widths.map((width, column) =>
    column < firstNumber ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const pad = (text: string, column: number): string =>
    column < firstNumber ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  const [first, ...rest] = lines.map((line) => line.map(pad));
  return [first!, rule, ...rest].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** The table with the machine and what was left out. */
export function markdownReport(
  rows: readonly ComparisonRow[],
  machine: Machine,
  missing: readonly string[],
): string {
  const rounds = Math.max(...rows.map((row) => row.rounds));
  const left = missing.length === 0 ? "" : `\n\nLeft out: ${missing.join("; ")}.`;
  return (
    `Medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}, the programs in turns, on ${machineLine(machine)}\n\n` +
    `${markdownTable(rows)}${left}`
  );
}

/**
 * Puts a report between the marks of a text.
 *
 * @throws ResidencyError E_CONFIG when the text has not both marks.
 */
export function replaceBetweenMarks(text: string, report: string): string {
  const { begin, end } = markdownMarks;
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot put the table into the file: it has no ${begin} … ${end}; add both lines or name a new file`,
    );
  }
  return `${text.slice(0, from)}${begin}\n\n${report}\n\n${text.slice(to)}`;
}

/** Writes a report to a new file, or into the place that a file has for it. */
export function writeMarkdown(file: string, report: string): void {
  const { begin, end } = markdownMarks;
  const text = existsSync(file) ? readFileSync(file, "utf8") : `${begin}\n\n${end}\n`;
  writeFileAtomically(file, replaceBetweenMarks(text, report));
}

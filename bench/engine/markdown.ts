/** The comparison as a Markdown table, and its place in a file. */
import { existsSync, readFileSync } from "node:fs";
import { ResidencyError } from "../../lib/errors.ts";
import { writeFileAtomically } from "../../lib/hub/index.ts";
import type { ComparisonRow, PeerFailure } from "./comparison.ts";
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
  "fastest step",
  "memory ours/peer",
  "other cores",
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
    ratio(row.fastest_ratio, row),
    ratio(row.memory_ratio, row),
    row.other_cores === null ? "–" : row.other_cores.toFixed(1),
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

/** What a report says around its table. */
export interface ReportContext {
  machine: Machine;
  /** Programs that are not here, each with how to get it. */
  missing: readonly string[];
  failures: readonly PeerFailure[];
}

/** The table with the machine, what was left out and what failed. */
export function markdownReport(
  rows: readonly ComparisonRow[],
  { machine, missing, failures }: ReportContext,
): string {
  const rounds = Math.max(0, ...rows.map((row) => row.rounds));
  const left = missing.length === 0 ? "" : `\n\nLeft out: ${missing.join("; ")}.`;
  const failed =
    failures.length === 0
      ? ""
      : `\n\nFailed: ${failures.map(({ peer, workload, error }) => `${peer} on ${workload} (\`${error}\`)`).join("; ")}.`;
  return (
    `Medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}, the programs in turns, on ${machineLine(machine)}\n\n` +
    `${markdownTable(rows)}${failed}${left}`
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

/** Lists of plain objects as HTML tables: a bounded corner, numbers to the right, everything escaped. */
import { types } from "node:util";
import { escapeHtml } from "./escape-html.ts";

/** How much of a table is shown. */
export interface TableOptions {
  /** Most rows (default: all of up to 20, else the first 10). */
  rows?: number;
  /** Most columns (default 20). */
  columns?: number;
}

const longestWhole = 20;
const shownRows = 10;
const shownColumns = 20;
const maxCellLength = 120;
/** Rows that decide what the columns are. */
const maxSample = 100;

/** A row of a table. */
export type TableRow = Readonly<Record<string, unknown>>;

/** Whether a value is a list of plain objects, as far as its first rows show; a Proxy is none. */
export function isTable(value: unknown): value is readonly TableRow[] {
  if (types.isProxy(value) || !Array.isArray(value) || value.length === 0) return false;
  const rows: readonly unknown[] = value;
  for (let i = 0; i < Math.min(rows.length, maxSample); i++) if (!isPlainObject(rows[i])) return false;
  return true;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm, as of `node:vm` or JSON there, have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The HTML of a list of objects; `inspect` makes the text of values that are neither text nor numbers. */
export function tableHtml(
  rows: readonly TableRow[],
  inspect: (value: unknown) => string,
  options: TableOptions = {},
): string {
  const count = options.rows ?? (rows.length <= longestWhole ? longestWhole : shownRows);
  const shown = rows.slice(0, count);
  const names = [...new Set(rows.slice(0, Math.max(count, maxSample)).flatMap((row) => Object.keys(row)))];
  const columns = names.slice(0, options.columns ?? shownColumns);
  const values = shown.map((row) => columns.map((name) => valueAt(row, name)));
  const isNumeric = columns.map((_, index) => {
    const known = values.map((row) => row[index]).filter((value) => value !== undefined && value !== null);
    return known.length > 0 && known.every((value) => typeof value === "number" || typeof value === "bigint");
  });
  const align = (index: number): string => (isNumeric[index] ? "right" : "left");
  const head = columns.map(
    (name, i) => `<th style="text-align:${align(i)}">${escapeHtml(shorten(name))}</th>`,
  );
  const body = values.map((row, number) => {
    const cells = row.map(
      (value, i) => `<td style="text-align:${align(i)}">${escapeHtml(cellText(value, inspect))}</td>`,
    );
    return `<tr><th style="text-align:right">${number}</th>${cells.join("")}</tr>`;
  });
  return (
    `<table><thead><tr><th></th>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>` +
    more(rows.length - shown.length, "row") +
    more(names.length - columns.length, "column")
  );
}

function more(count: number, what: string): string {
  return count <= 0
    ? ""
    : `<div>… ${count.toLocaleString("en-US")} more ${what}${count === 1 ? "" : "s"}</div>`;
}

function valueAt(row: TableRow, name: string): unknown {
  try {
    return row[name];
  } catch (error) {
    return `[${error instanceof Error ? error.message : "threw"}]`;
  }
}

/** A number with as many digits as a reader can use. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

function cellText(value: unknown, inspect: (value: unknown) => string): string {
  if (value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  return shorten(typeof value === "string" ? value : inspect(value).replace(/\s*\n\s*/g, " "));
}

function shorten(text: string): string {
  return text.length <= maxCellLength ? text : `${text.slice(0, maxCellLength)}…`;
}

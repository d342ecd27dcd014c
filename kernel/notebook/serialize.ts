/** Writes a notebook as Jupyter does, so that a saved file shows no difference where nothing changed. */
import type { Cell, Notebook, Output } from "./notebook.ts";

/** The text of an .ipynb file: one space of indent, sorted keys, lists of lines, a newline at the end. */
export function serializeNotebook(notebook: Notebook): string {
  const file = { ...notebook, cells: notebook.cells.map(cellToFile) };
  return `${JSON.stringify(sortKeys(file), null, 1)}\n`;
}

function cellToFile(cell: Cell): object {
  const source = toLines(cell.source);
  return cell.cell_type === "code"
    ? { ...cell, source, outputs: cell.outputs.map(outputToFile) }
    : { ...cell, source };
}

function outputToFile(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: toLines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    typeof value === "string" && isMultiline(mime) ? toLines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) as object };
}

/** Jupyter keeps base64 data and JSON types whole. */
function isMultiline(mime: string): boolean {
  return mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";
}

function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

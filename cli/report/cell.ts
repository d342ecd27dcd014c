/** One cell of a notebook into HTML: its text or its code, and its outputs. */
import type { Cell } from "../../kernel/notebook/index.ts";
import { formatDuration } from "../terminal/index.ts";
import { highlightTypeScript } from "./highlight.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderOutput } from "./outputs.ts";

/** Options of `renderCell`. */
export interface RenderCellOptions {
  /** How long it ran. */
  seconds?: number | undefined;
  /** Whether it is the notebook's first cell, whose heading the page has already. */
  isFirst?: boolean;
  /** Show a figure's picture and not the figure that a script draws. */
  asPictures?: boolean;
}

/** HTML of a cell; an empty text for one that shows nothing. */
export function renderCell(cell: Cell, { seconds, isFirst, asPictures }: RenderCellOptions = {}): string {
  if (cell.cell_type === "markdown") {
    const text = isFirst ? cell.source.replace(/^# .*\n*/, "") : cell.source;
    return text.trim() === "" ? "" : `<section class="prose">\n${renderMarkdown(text)}</section>`;
  }
  if (cell.cell_type === "raw" || cell.source.trim() === "") return "";
  const failed = cell.outputs.some((output) => output.output_type === "error");
  const outputs = cell.outputs
    .map((output) => renderOutput(output, asPictures))
    .filter((html) => html !== "");
  const count = cell.execution_count === null ? "not run" : String(cell.execution_count);
  // Most cells take no time worth telling.
  const time = seconds !== undefined && seconds >= 0.95 ? `<span>${formatDuration(seconds)}</span>` : "";
  return [
    `<section class="cell${failed ? " failed" : ""}">`,
    `<div class="source"><div class="tag"><span>${count}</span>${time}</div><pre>${highlightTypeScript(cell.source)}</pre></div>`,
    ...(outputs.length > 0 ? [`<div class="outputs">${outputs.join("\n")}</div>`] : []),
    "</section>",
  ].join("\n");
}

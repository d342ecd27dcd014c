/** A run notebook into one HTML file that needs no network, no server and no notebook program. */
import type { Notebook } from "../../kernel/notebook/index.ts";
import { formatDuration } from "../terminal/index.ts";
import { escapeHtml } from "./escape.ts";
import { frameListener } from "./frame.ts";
import { renderCell } from "./cell.ts";
import { firstHeading } from "./markdown.ts";
import { isFigure } from "./outputs.ts";
import { reportStyle } from "./style.ts";

/** Options of `renderReport`. */
export interface ReportOptions {
  /** Shown when the notebook has no heading of its own. */
  name: string;
  /** Seconds that a code cell took, by its place in `notebook.cells`. */
  seconds: ReadonlyMap<number, number>;
  /** The outcome of the run, as the page says it. */
  outcome: { ok: boolean; text: string };
  /** Rows of a table on top. */
  metrics?: readonly (readonly [string, string | number])[];
  /** The text of plotly.min.js; asked for only if the notebook has a figure. */
  plotlySource: () => string;
}

// The page itself may run its inline scripts and load nothing from anywhere.
const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:; frame-src 'self'";

const drawFigures =
  'for(const place of document.querySelectorAll(".figure")){const {data,layout}=JSON.parse(' +
  "place.querySelector('script').textContent);place.textContent='';" +
  "if(layout?.height)place.style.height=layout.height+'px';" +
  "Plotly.newPlot(place,data,{...layout,autosize:true,width:undefined},{responsive:true,displayModeBar:false})}";

/** Renders the page; the same notebook and options always give the same text. */
export function renderReport(notebook: Notebook, options: ReportOptions): string {
  const title = titleOf(notebook) ?? options.name;
  const total = [...options.seconds.values()].reduce((sum, value) => sum + value, 0);
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "");
  const facts = [
    `<b class="${options.outcome.ok ? "good" : "bad"}">${options.outcome.ok ? "✓" : "✗"} ${escapeHtml(options.outcome.text)}</b>`,
    `<span><b>${options.seconds.size}</b> of <b>${codeCells.length}</b> cells run</span>`,
    `<span><b>${formatDuration(total)}</b></span>`,
    `<span>${escapeHtml(kernelName(notebook))}</span>`,
  ];
  const figures = notebook.cells.some((cell) => cell.cell_type === "code" && cell.outputs.some(isFigure));
  const body = notebook.cells.map((cell, index) =>
    renderCell(cell, { seconds: options.seconds.get(index), isFirst: index === 0 }),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}</style>
<script>${frameListener}</script>
</head>
<body>
<header class="run">
<h1>${escapeHtml(title)}</h1>
<div class="facts">${facts.join("\n")}</div>
${metricsTable(options.metrics ?? [])}
</header>
<main>
${body.filter((html) => html !== "").join("\n")}
</main>
${figures ? `<script>${options.plotlySource().replaceAll("</script", "<\\/script")}</script>\n<script>${drawFigures}</script>` : ""}
</body>
</html>
`;
}

function metricsTable(metrics: readonly (readonly [string, string | number])[]): string {
  if (metrics.length === 0) return "";
  const rows = metrics.map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(String(value))}</td></tr>`,
  );
  return `<table class="metrics">\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`;
}

function titleOf(notebook: Notebook): string | undefined {
  const first = notebook.cells[0];
  return first?.cell_type === "markdown" ? firstHeading(first.source, 1) : undefined;
}

function kernelName(notebook: Notebook): string {
  const spec: unknown = notebook.metadata["kernelspec"];
  const name =
    typeof spec === "object" && spec !== null && "display_name" in spec ? spec.display_name : undefined;
  return typeof name === "string" ? name : "TypeScript (Residency)";
}

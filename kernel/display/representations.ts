/** Wrappers that say how a value is shown: `html("<b>x</b>")`, `markdown("# x")`, … */
import { inspectSafely } from "./inspect-safely.ts";
import { displaySymbol } from "./mime-bundle.ts";
import type { Displayable, Representations } from "./mime-bundle.ts";
import { tableHtml } from "./table.ts";
import type { TableOptions, TableRow } from "./table.ts";

/** A value shown as exactly these representations. */
export function mime(bundle: Representations): Displayable {
  return { [displaySymbol]: () => bundle };
}

/** HTML, scripts included. */
export function html(text: string): Displayable {
  return mime({ "text/html": text });
}

/** Markdown, formulas included. */
export function markdown(text: string): Displayable {
  return mime({ "text/markdown": text, "text/plain": text });
}

/** A formula in LaTeX, delimiters included. */
export function latex(text: string): Displayable {
  return mime({ "text/latex": text, "text/plain": text });
}

/** A picture in SVG. */
export function svg(text: string): Displayable {
  return mime({ "image/svg+xml": text });
}

/** A picture in PNG, as bytes or base64 text. */
export function png(data: Uint8Array | string): Displayable {
  return mime({ "image/png": data });
}

/** Plain data as a tree that can be folded. */
export function json(value: unknown): Displayable {
  return mime({ "application/json": value, "text/plain": JSON.stringify(value) });
}

/** A list of objects as a table, with as many rows and columns as asked for. */
export function table(rows: readonly object[], options: TableOptions = {}): Displayable {
  const html = tableHtml(rows as readonly TableRow[], inspectSafely, options);
  return mime({ "text/html": html, "text/plain": inspectSafely(rows) });
}

/** The MIME type of charts in Vega-Lite 5, which JupyterLab draws itself. */
export const vegaLiteMime = "application/vnd.vegalite.v5+json";

/** A chart of Vega-Lite: its specification, data included. */
export function vegaLite(specification: object): Displayable {
  return mime({ [vegaLiteMime]: specification, "text/plain": chartText(specification) });
}

function chartText({ title }: { title?: unknown }): string {
  return typeof title === "string" ? `Vega-Lite chart "${title}"` : "Vega-Lite chart";
}

/** A figure of Plotly. */
export interface PlotlyFigure {
  data: readonly object[];
  layout?: object;
  config?: object;
}

/** The MIME type of Plotly's figures. */
export const plotlyMime = "application/vnd.plotly.v1+json";

/** A figure of Plotly that can be zoomed and hovered over. */
export function plotly(figure: PlotlyFigure): Displayable {
  return mime({ [plotlyMime]: figure });
}

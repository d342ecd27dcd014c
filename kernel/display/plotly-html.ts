/** Plotly figures as HTML, so that a Jupyter without extensions and without a network draws them. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Representations } from "./mime-bundle.ts";
import { plotlyMime } from "./representations.ts";
import type { PlotlyFigure } from "./representations.ts";

/** Adds what a figure's bundle lacks: HTML that draws it, and a line of text. */
export function withPlotlyHtml(bundle: Representations): Representations {
  const figure = bundle[plotlyMime] as PlotlyFigure | undefined;
  if (!figure) return bundle;
  return {
    ...bundle,
    "text/html": bundle["text/html"] ?? figureHtml(figure),
    "text/plain": bundle["text/plain"] ?? figureText(figure),
  };
}

/** HTML that defines `window.Plotly` from the package's own copy, once a page. */
export function plotlyScriptHtml(): string {
  const file = createRequire(import.meta.url).resolve("plotly.js/plotly.min.js");
  const source = readFileSync(file, "utf8").replaceAll("</script", "<\\/script");
  // An AMD or CommonJS loader of the page would take the library away from `window`.
  return `<script>if (!window.Plotly) { (function (define, module, exports) {${source}
}).call(window); }</script>`;
}

function figureHtml(figure: PlotlyFigure): string {
  const id = `plotly-${randomUUID()}`;
  // "<" in a title must not end the script.
  const json = JSON.stringify(figure).replaceAll("<", "\\u003c");
  return `<div id="${id}"></div><script>(function draw(figure) {
  const element = document.getElementById("${id}");
  if (!window.Plotly || !element) return setTimeout(draw, 50, figure);
  window.Plotly.newPlot(element, figure.data, figure.layout, { responsive: true, ...figure.config });
})(${json});</script>`;
}

function figureText(figure: PlotlyFigure): string {
  const { title } = (figure.layout ?? {}) as { title?: string | { text?: string } };
  const name = typeof title === "string" ? title : title?.text;
  const traces = `${figure.data.length} trace${figure.data.length === 1 ? "" : "s"}`;
  return name === undefined ? `Plotly figure, ${traces}` : `Plotly figure "${name}", ${traces}`;
}

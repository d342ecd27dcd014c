/** Plotly figures as HTML, so that a Jupyter without extensions and without a network draws them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { describeFigure } from "./describe-figure.ts";
import { escapeHtml } from "./escape-html.ts";
import type { Representations } from "./mime-bundle.ts";
import { plotlyMime } from "./representations.ts";
import type { PlotlyFigure } from "./representations.ts";

/** The MIME type of SVG. */
export const svgMime = "image/svg+xml";

/** Adds what a figure's bundle lacks: HTML that draws it, and a sentence of text. */
export function withPlotlyHtml(bundle: Representations): Representations {
  const figure = figureOf(bundle);
  if (!figure) return bundle;
  return {
    ...bundle,
    "text/html": bundle["text/html"] ?? figureHtml(figure),
    "text/plain": bundle["text/plain"] ?? describeFigure(figure),
  };
}

/** The figure of a bundle whose HTML and picture are left to us. */
export function figureOf(bundle: Representations): PlotlyFigure | undefined {
  const figure = bundle[plotlyMime] as Partial<PlotlyFigure> | undefined;
  return Array.isArray(figure?.data) ? (figure as PlotlyFigure) : undefined;
}

/** Adds a picture to a bundle that `withPlotlyHtml` has made, for viewers that run no scripts. */
export function withPlotlySvg(bundle: Representations, svg: string): Representations {
  const figure = figureOf(bundle);
  if (!figure || bundle["text/html"] !== figureHtml(figure)) return { ...bundle, [svgMime]: svg };
  return { ...bundle, [svgMime]: svg, "text/html": figureHtml(figure, svg) };
}

/** HTML that defines `window.Plotly` from the package's own copy, once a page; packed, since a notebook's file holds it. */
export function plotlyScriptHtml(): string {
  const file = createRequire(import.meta.url).resolve("plotly.js/plotly.min.js");
  const packed = gzipSync(readFileSync(file)).toString("base64");
  // An AMD or CommonJS loader of the page would take the library away from `window`.
  return `<script>(async () => {
  if (window.Plotly || window.residencyPlotly) return;
  window.residencyPlotly = true;
  const packed = Uint8Array.from(atob("${packed}"), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = "(function (define, module, exports) {" + (await new Response(stream).text()) + "\\n}).call(window);";
  document.head.append(script);
})();</script>`;
}

/** The picture stands inside the HTML too: viewers that prefer HTML but drop its scripts show nothing else. */
function figureHtml(figure: PlotlyFigure, svg?: string): string {
  // "<" in a title must not end the script.
  const json = JSON.stringify(figure).replaceAll("<", "\\u003c");
  // The same figure has the same id in each run; where it stands twice on a page, both are drawn.
  const id = `plotly-${createHash("sha256").update(json).digest("hex").slice(0, 12)}`;
  const picture =
    svg === undefined
      ? ""
      : `<img alt="${escapeHtml(describeFigure(figure))}" src="data:${svgMime};base64,${Buffer.from(svg).toString("base64")}">`;
  return `<div class="${id}">${picture}</div><script>(function draw(figure) {
  const elements = document.getElementsByClassName("${id}");
  if (!window.Plotly || elements.length === 0) return setTimeout(draw, 50, figure);
  for (const element of elements) {
    if (element.dataset.drawn) continue;
    element.dataset.drawn = "yes";
    element.replaceChildren();
    window.Plotly.newPlot(element, figure.data, figure.layout, { responsive: true, ...figure.config });
  }
})(${json});</script>`;
}

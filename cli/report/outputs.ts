/** One output of a cell into HTML: figures, images, tables, progress, text, errors. */
import type { MimeBundle } from "../../kernel/client/index.ts";
import type { Output } from "../../kernel/notebook/index.ts";
import { formatFigures, progressOf } from "../terminal/index.ts";
import { escapeHtml, scriptJson, stripAnsi } from "./escape.ts";
import { htmlFrame } from "./frame.ts";
import { renderMarkdown } from "./markdown.ts";

/** The MIME type of a plotly figure, `{ data, layout }`. */
export const plotlyMimeType = "application/vnd.plotly.v1+json";

/**
 * HTML of one output; an output that only loads a script for others gives an empty string.
 *
 * @param asPictures Show a figure's picture, where it has one, and not the figure that a script draws.
 */
export function renderOutput(output: Output, asPictures = false): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="stream ${output.name}">${escapeHtml(stripAnsi(textOf(output.text)))}</pre>`;
    case "error":
      return `<pre class="error">${escapeHtml(stripAnsi(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`))}</pre>`;
    case "display_data":
    case "execute_result":
      return renderBundle(output.data, asPictures);
  }
}

/** Whether an output is drawn by plotly. */
export function isFigure(output: Output): boolean {
  return "data" in output && plotlyMimeType in output.data;
}

function renderBundle(data: MimeBundle, asPictures: boolean): string {
  const figure = data[plotlyMimeType];
  const isPicture = asPictures && "image/svg+xml" in data;
  if (typeof figure === "object" && figure !== null && !isPicture) {
    return `<div class="figure"><script type="application/json">${scriptJson(figure)}</script></div>`;
  }
  const progress = progressOf(data);
  if (progress) {
    const percent = progress.total > 0 ? Math.min(100, (100 * progress.step) / progress.total) : 0;
    return (
      `<div class="progress"><span>${escapeHtml(progress.label)}</span>` +
      `<span class="bar"><span style="width:${percent.toFixed(1)}%"></span></span>` +
      `<span>${escapeHtml(formatFigures(progress))}</span></div>`
    );
  }
  if ("text/html" in data && !isPicture) return htmlFrame(textOf(data["text/html"]));
  if ("text/markdown" in data)
    return `<div class="prose">${renderMarkdown(textOf(data["text/markdown"]))}</div>`;
  if ("image/svg+xml" in data) {
    // As an image, since scripts in it do not run there.
    const bytes = Buffer.from(textOf(data["image/svg+xml"])).toString("base64");
    return `<img alt="${escapeHtml(pictureText(data))}" src="data:image/svg+xml;base64,${bytes}">`;
  }
  for (const type of ["image/png", "image/jpeg", "image/gif"]) {
    if (!(type in data)) continue;
    const bytes = textOf(data[type]).replaceAll(/[^A-Za-z0-9+/=]/g, "");
    return `<img alt="${escapeHtml(pictureText(data))}" src="data:${type};base64,${bytes}">`;
  }
  if ("text/plain" in data)
    return `<pre class="result">${escapeHtml(stripAnsi(textOf(data["text/plain"])))}</pre>`;
  const [type, value] = Object.entries(data)[0] ?? [];
  if (type === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return `<pre class="result">${escapeHtml(text)}</pre>`;
}

/** What a picture shows, for those who do not see it. */
function pictureText(data: MimeBundle): string {
  return "text/plain" in data ? stripAnsi(textOf(data["text/plain"])) : "figure";
}

/** Notebooks keep long texts as lists of lines. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join("") : JSON.stringify(value);
}

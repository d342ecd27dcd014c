/** Plotly in a document without a browser: the same library that pages use draws figures as SVG text. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { parseHTML } from "linkedom";
import { createCanvas } from "./canvas.ts";
import { boundingBox, pathLength, pointAtLength, textLength, transformedBox } from "./geometry.ts";
import type { Box, SvgElement } from "./geometry.ts";

/** A figure as Plotly takes it. */
export interface Figure {
  data: readonly object[];
  layout?: object;
  config?: object;
}

interface PageElement extends SvgElement {
  remove(): void;
}

interface Page {
  document: { createElement(name: string): PageElement; body: { appendChild(element: PageElement): void } };
  [name: string]: unknown;
}

interface Plotly {
  newPlot(element: PageElement, data: readonly object[], layout: object, config: object): Promise<unknown>;
  toImage(element: PageElement, options: object): Promise<string>;
  purge(element: PageElement): void;
}

interface CanvasElement {
  width: number;
  height: number;
  context?: ReturnType<typeof createCanvas>;
}

/** Draws figures one after another; the same figure always gives the same text. */
export type DrawFigure = (figure: Figure, width: number, height: number) => Promise<string>;

/** Loads Plotly, which takes about half a second and 100 MB. */
export function openPlotlyPage(): DrawFigure {
  const page = parseHTML("<!DOCTYPE html><html><head></head><body></body></html>") as unknown as Page;
  addWhatIsMissing(page);
  const plotly = loadPlotly(page);
  return async (figure, width, height) => {
    const element = page.document.createElement("div");
    page.document.body.appendChild(element);
    const random = Math.random;
    // Plotly's ids are random; the figure's own hash makes them the same each time, and different from other figures'.
    Math.random = mulberry32(JSON.stringify(figure));
    try {
      const layout = { ...withRoomForLabels(figure.layout ?? {}), width, height };
      await plotly.newPlot(element, figure.data, layout, { ...figure.config, staticPlot: true });
      const svg = await plotly.toImage(element, { format: "svg", imageDataOnly: true, width, height });
      plotly.purge(element);
      return svg;
    } finally {
      Math.random = random;
      element.remove();
    }
  };
}

/** Nobody can hover over a label of a picture that is cut, so axes make room unless the figure says otherwise. */
function withRoomForLabels(layout: { template?: { layout?: Record<string, object> } }): object {
  const { template } = layout;
  const axis = (name: string): object => ({ automargin: true, ...template?.layout?.[name] });
  const axes = { xaxis: axis("xaxis"), yaxis: axis("yaxis") };
  return { ...layout, template: { ...template, layout: { ...template?.layout, ...axes } } };
}

/** Gives the document what it lacks: measured text, styles, serialization and a canvas. */
function addWhatIsMissing(page: Page): void {
  const { Element, SVGElement, HTMLCanvasElement } = page as unknown as Record<string, { prototype: object }>;
  const measure: Record<string, (this: SvgElement, length: number) => unknown> = {
    getBBox(): Box {
      return boundingBox(this);
    },
    getBoundingClientRect(): Box {
      return transformedBox(this);
    },
    getComputedTextLength(): number {
      return textLength(this);
    },
    getTotalLength(): number {
      return pathLength(this);
    },
    getPointAtLength(length) {
      return pointAtLength(this, length);
    },
  };
  for (const type of [Element, SVGElement]) Object.assign(type?.prototype ?? {}, measure);
  // Names of SVG elements have no upper case in a browser.
  const nodeName = {
    get(this: SvgElement) {
      return this.localName;
    },
  };
  if (SVGElement) Object.defineProperty(SVGElement.prototype, "nodeName", nodeName);
  const canvas = {
    getContext(this: CanvasElement) {
      return (this.context ??= createCanvas(this.width, this.height));
    },
    toDataURL(this: CanvasElement) {
      const png = this.context?.toPng() ?? createCanvas(1, 1).toPng();
      return `data:image/png;base64,${png.toString("base64")}`;
    },
  };
  Object.assign(HTMLCanvasElement?.prototype ?? {}, canvas);
  page["XMLSerializer"] = class {
    serializeToString(node: { toString(): string }): string {
      return node.toString();
    }
  };
  page["getComputedStyle"] = (element: { style?: object }) => element.style ?? {};
  page["matchMedia"] = () => ({ matches: false, addListener: () => undefined });
}

function loadPlotly(page: Page): Plotly {
  const file = createRequire(import.meta.url).resolve("plotly.js/plotly.min.js");
  const names = ["window", "self", "document", "navigator", "getComputedStyle", "XMLSerializer", "DOMParser"];
  names.push("Node", "Element", "HTMLElement", "SVGElement");
  const values = [page, page, ...names.slice(2).map((name) => page[name])];
  // Without "define" and "module" the library puts itself on `window`.
  const parameters = [...names, "define", "module", "exports"];
  const load = compileFunction(readFileSync(file, "utf8"), parameters, { filename: file });
  load.call(page, ...values);
  return page["Plotly"] as Plotly;
}

/** The generator mulberry32, started with an FNV-1a hash of a text; the library has one of its own, which no kernel imports. */
function mulberry32(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

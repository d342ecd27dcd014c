/** The front door of figures: Plotly's drawings as SVG, made without a browser. */
export { drawFigureSvg, warmUpFigures } from "./draw-svg.ts";
export type { Drawing } from "./draw-svg.ts";
export type { Figure } from "./plotly-page.ts";

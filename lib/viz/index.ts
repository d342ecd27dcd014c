/** Plain data to plotly figures that a notebook shows. */
export { barChart, histogram, lineChart, type HistogramOptions, type Series } from "./charts.ts";
export {
  displaySymbol,
  palette,
  plotlyMime,
  type Figure,
  type FigureBundle,
  type FigureOptions,
} from "./figure.ts";
export { lossFigure, type LossLogEntry } from "./loss.ts";

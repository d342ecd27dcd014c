/** Plain data to plotly figures that a notebook shows. */
export {
  barChart,
  groupedBarChart,
  histogram,
  lineChart,
  type BarSeries,
  type HistogramOptions,
  type Series,
} from "./charts.ts";
export {
  displaySymbol,
  palette,
  plotlyMime,
  type Figure,
  type FigureBundle,
  type FigureOptions,
} from "./figure.ts";
export { heatMap, type HeatMapOptions } from "./heat-map.ts";
export { lossFigure, type LossLogEntry } from "./loss.ts";

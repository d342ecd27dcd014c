/** Plain data to plotly figures that a notebook shows, and to lines that a terminal shows. */
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
export { formatCount, formatDuration } from "./terminal/duration.ts";
export {
  createLiveTerminal,
  type LiveTerminal,
  type LiveTerminalOptions,
  type Screen,
} from "./terminal/live.ts";
export {
  formatBar,
  formatFigures,
  formatPlainProgress,
  formatProgress,
  progressMime,
  progressOf,
  singleLine,
  type Progress,
} from "./terminal/progress.ts";

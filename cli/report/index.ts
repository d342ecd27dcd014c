/** Reports: a run notebook as a page that stands alone. */
export { renderReport } from "./page.ts";
export type { ReportOptions } from "./page.ts";
export { readPlotly } from "./plotly.ts";

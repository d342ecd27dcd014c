/** Reports: a run notebook as a page that stands alone; and what other pages need of notebooks. */
export { renderCell } from "./cell.ts";
export type { RenderCellOptions } from "./cell.ts";
export { escapeHtml, scriptJson } from "./escape.ts";
export { frameListener } from "./frame.ts";
export { firstHeading, plainText } from "./markdown.ts";
export { renderReport } from "./page.ts";
export type { ReportOptions } from "./page.ts";
export { readPlotly } from "./plotly.ts";
export { cellStyle } from "./style.ts";

/** The plotly.js bundle that a report carries. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Reads plotly.min.js from this package's dependencies, about 5 MB. */
export function readPlotly(): string {
  return readFileSync(createRequire(import.meta.url).resolve("plotly.js/plotly.min.js"), "utf8");
}

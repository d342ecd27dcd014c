/** Notebook sources in percent format. */
export { parsePercent } from "./parse.ts";
export { joinRegions, splitRegions } from "./regions.ts";
export type * from "./types.ts";

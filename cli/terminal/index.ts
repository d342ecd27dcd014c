/** What commands show on a terminal. */
export { formatCount, formatDuration } from "./duration.ts";
export { createLiveTerminal, createPainter } from "./live.ts";
export type { LiveTerminal, LiveTerminalOptions, Screen } from "./live.ts";
export {
  formatBar,
  formatFigures,
  formatPlainProgress,
  formatProgress,
  progressMimeType,
  progressOf,
  singleLine,
} from "./progress.ts";
export type { Progress } from "./progress.ts";
export { formatTable } from "./table.ts";

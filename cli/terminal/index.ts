/** What commands show on a terminal. */
export {
  createLiveTerminal,
  formatBar,
  formatCount,
  formatDuration,
  formatFigures,
  formatPlainProgress,
  formatProgress,
  progressMime,
  progressOf,
  singleLine,
  type LiveTerminal,
  type LiveTerminalOptions,
  type Progress,
  type Screen,
} from "../../lib/viz/index.ts";
export { runInterruptible, type Interruptible } from "./interruptible.ts";
export { createPainter } from "./painter.ts";
export { formatTable } from "./table.ts";

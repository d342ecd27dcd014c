/** Running notebooks from the command line. */
export { readMetrics } from "./metrics.ts";
export { runNotebook } from "./run-notebook.ts";
export type { CellPlace, RunListener, RunNotebookOptions, RunOutcome } from "./run-notebook.ts";
export { showRun } from "./show-run.ts";

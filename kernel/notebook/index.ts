/** The front door of notebooks: read, write, run. */
export { executeNotebook } from "./execute.ts";
export type { CellFailure, CellRunner, ExecuteNotebookOptions } from "./execute.ts";
export type * from "./notebook.ts";
export { createOutputCollector } from "./output-collector.ts";
export type { OutputCollector } from "./output-collector.ts";
export { parseNotebook } from "./parse.ts";
export { serializeNotebook } from "./serialize.ts";

/** What other parts may use inside the process that runs cells; cells themselves have `residency/cell`. */
export type { CodeOutcome } from "./messages.ts";
export { runBeside } from "./run-beside.ts";

/** The front door of `residency doctor`. */
export { checks, examine, formatFinding, formatSummary } from "./examine.ts";
export type { Check, Finding } from "./finding.ts";
export { findJupyter } from "./jupyter.ts";
export type { JupyterInstallation } from "./jupyter.ts";

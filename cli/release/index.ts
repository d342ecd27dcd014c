/** What `residency release` does beside writing files. */
export { runCourseNotebook, saveOutputs } from "./save-outputs.ts";
export type { SavedOutputs, SaveOutputsOptions } from "./save-outputs.ts";
export { proveFolder, proofText } from "./prove-folder.ts";

/** The grader's front door: releases exercises and grades what comes back. */
export { GraderError, graderErrorCodes } from "./errors.ts";
export type { GraderErrorCode } from "./errors.ts";
export { writeAtomically } from "./files.ts";
export * from "./grade/index.ts";
export * from "./percent/index.ts";
export * from "./prove/index.ts";
export * from "./release/index.ts";
export * from "./translate/index.ts";

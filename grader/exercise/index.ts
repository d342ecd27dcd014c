/** What the tests of an exercise import as "residency/exercise". */
export { CheckError, checkClose, checkEqual } from "./check.ts";
export { check } from "./check-exercise.ts";
export type { Plain } from "./plain.ts";
export { checkSameType } from "./types.ts";
export type { SameType, TypeMismatch } from "./types.ts";

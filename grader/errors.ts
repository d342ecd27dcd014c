/** Every error code of the grader, once: what can be wrong with a source, a release or a submission. */

/** The stable codes that a caller may branch on. */
export const graderErrorCodes = {
  E_PERCENT: "a notebook source (.nb.ts) breaks the percent format",
  E_RELEASE: "a generated notebook would be wrong: a solution leaks, an id is missing or used twice",
  E_ASSIGNMENT: "no solution notebook belongs to a submission, or it cannot be graded by",
  E_EXERCISE: "no exercise of the course has the given number",
  E_TRANSLATION:
    "a translation of the course cannot be read, or belongs to no language that the generator has words for",
  E_CHECKS: "a kernel cannot load the checks that tests are written with",
} as const;

/** One of the grader's codes. */
export type GraderErrorCode = keyof typeof graderErrorCodes;

/** An error with a stable `code`; the message says what was done, the value, what is allowed and how to go on. */
export class GraderError extends Error {
  readonly code: GraderErrorCode;
  constructor(code: GraderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GraderError";
    this.code = code;
  }
}

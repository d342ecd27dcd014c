/** From notebook sources to course notebooks, exercise sheets and solutions. */
export { buildNotebook, hasExercises } from "./build.ts";
export type { Edition } from "./build.ts";
export { answerStub, publicCode, writtenStub } from "./cell-text.ts";
export { cellChecksum, nbgraderMetadata } from "./checksum.ts";
export type { GradedKind, NbgraderMetadata } from "./checksum.ts";
export { releaseFolder, releaseSource } from "./folder.ts";
export type { ReleaseResult } from "./folder.ts";
export { assertNoLeak } from "./leak.ts";
export { compareOutputs, hasOutputs, numberTolerance, withOutputsOf, withoutOutputs } from "./outputs.ts";
export { dots, englishWording } from "./wording.ts";
export type { TextPart, Wording } from "./wording.ts";

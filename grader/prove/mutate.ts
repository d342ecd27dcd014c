/** A solved exercise with its solution replaced: by the stub that students get, or by a mutant. */
import { GraderError } from "../errors.ts";
import type { ExerciseCell, MutantCell } from "../percent/index.ts";

/**
 * The code of an exercise with a mutant's lines in place of its solution.
 * Throws `E_RELEASE` when the exercise has not exactly one solution region.
 */
export function mutatedCode({ id, regions }: ExerciseCell, { lines, line }: MutantCell): string {
  if (regions.filter(({ kind }) => kind === "solution").length !== 1) {
    throw new GraderError(
      "E_RELEASE",
      `Cannot release the exercise "${id}" with the mutant at line ${line}: a mutant replaces the one solution region of ` +
        "its exercise, and this exercise has another number of them",
    );
  }
  return regions.flatMap((region) => (region.kind === "solution" ? lines : region.lines)).join("\n");
}

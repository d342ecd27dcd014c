/** Puts a submission's code and the manifest's tests in order, and notes what was tampered with. */
import type { Cell, Notebook } from "../../kernel/notebook/index.ts";
import { nbgraderMetadata } from "../release/index.ts";
import { gradedCell } from "./manifest.ts";
import type { Manifest, TestItem } from "./manifest.ts";

/** One thing to run: code of the submission, or a test of the manifest. */
export type Step =
  | { kind: "submitted"; index: number; answer: string | undefined; code: string }
  | { kind: "test"; item: TestItem };

/** What to run in which order, and the findings. */
export interface GradingPlan {
  steps: Step[];
  /** Sentences on cells that were edited, duplicated or deleted; the manifest's tests run whatever they say. */
  tampering: string[];
}

/** Plans a submission; its own tests and locked cells are never run, only compared with what was given out. */
export function planSubmission(submission: Notebook, manifest: Manifest): GradingPlan {
  const items = new Map(manifest.items.map((item) => [item.id, item]));
  const steps: Step[] = [];
  const tampering: string[] = [];
  const seen = new Set<string>();
  for (const [index, cell] of submission.cells.entries()) {
    const graded = gradedCell(cell.metadata["nbgrader"]);
    const id = graded?.id ?? "";
    const item = items.get(id);
    const given = item?.visible ?? manifest.locked.get(id);
    if (given === undefined) {
      if (cell.cell_type !== "code" || cell.source.trim() === "") continue;
      const isAnswer = manifest.answers.has(id);
      if (isAnswer && seen.has(id))
        tampering.push(`answer cell "${id}" appears more than once; all of them ran`);
      if (isAnswer) seen.add(id);
      steps.push({ kind: "submitted", index, answer: isAnswer ? id : undefined, code: cell.source });
      continue;
    }
    if (seen.has(id)) {
      tampering.push(`locked cell "${id}" appears more than once; the first place counts`);
      continue;
    }
    seen.add(id);
    const text = cell.source.trimEnd();
    if (item && text === item.full.trimEnd() && text !== given.trimEnd()) {
      tampering.push(`tests cell "${id}" holds the hidden tests, which students are not given`);
    } else if (text !== given.trimEnd() && !isTranslatedText(cell)) {
      tampering.push(`locked cell "${id}" was edited; the original ran`);
    }
    if (item && graded && (graded.points !== item.points || !graded.grade || !graded.locked)) {
      tampering.push(`points or flags of cell "${id}" were edited; the original ones count`);
    }
    if (item) steps.push({ kind: "test", item });
  }
  for (const item of manifest.items) {
    if (seen.has(item.id)) continue;
    tampering.push(`tests cell "${item.id}" is missing; the original ran at the end`);
    steps.push({ kind: "test", item });
  }
  for (const id of manifest.answers) {
    if (!seen.has(id)) tampering.push(`answer cell "${id}" is missing`);
  }
  return { steps, tampering };
}

/**
 * Whether a text cell is as a release gave it, in whatever language: its checksum is of its own text. Text is never run, so that
 * nothing is gained by a forged one.
 */
function isTranslatedText({ cell_type, source, metadata }: Cell): boolean {
  const nbgrader = metadata["nbgrader"];
  const graded = gradedCell(nbgrader);
  return (
    cell_type === "markdown" &&
    graded !== undefined &&
    (nbgrader as { checksum?: unknown }).checksum ===
      nbgraderMetadata("read-only", graded.id, "markdown", source).checksum
  );
}

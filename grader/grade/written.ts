/** Written answers: what a person has to read, and what was left as it was given out. */
import type { Notebook } from "../../kernel/notebook/index.ts";
import { writtenStub } from "../release/index.ts";
import { gradedCell } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

/** A written answer of a submission; its points are not among the report's, since a person gives them. */
export interface WrittenAnswer {
  id: string;
  title: string;
  maxPoints: number;
  status: "to be read" | "unanswered";
  /** The student's Markdown; empty when nothing was written. */
  text: string;
}

/** The written answers in the manifest's order; of several cells with one id all texts count. */
export function readWritten(submission: Notebook | undefined, manifest: Manifest): WrittenAnswer[] {
  return manifest.written.map(({ id, title, points: maxPoints }) => {
    const texts = (submission?.cells ?? [])
      .filter((cell) => cell.cell_type === "markdown" && gradedCell(cell.metadata["nbgrader"])?.id === id)
      .map((cell) => cell.source.trim())
      .filter((text) => text !== "" && text !== writtenStub);
    const status = texts.length > 0 ? "to be read" : "unanswered";
    return { id, title, maxPoints, status, text: texts.join("\n\n") };
  });
}

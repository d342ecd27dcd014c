/** Builds the three notebooks of a source: the course notebook, the exercise sheet and the solution. */
import type { Notebook, Cell } from "../../kernel/notebook/index.ts";
import { GraderError } from "../errors.ts";
import type { NotebookSource, SourceCell } from "../percent/index.ts";
import { fullCode, pointerText, publicCode, taskText, titleText, writtenStub } from "./cell-text.ts";
import { nbgraderMetadata } from "./checksum.ts";
import type { GradedKind } from "./checksum.ts";
import { spreadFolds } from "./folds.ts";
import { createIdSource } from "./ids.ts";
import { variesTag } from "./outputs.ts";
import { englishWording } from "./wording.ts";
import type { Wording } from "./wording.ts";

/**
 * Which notebook: `course` reads and runs from top to bottom and points to its exercises, `exercise` is what a
 * student hands in, `solution` is what the grader restores tests from.
 */
export type Edition = "course" | "exercise" | "solution";

/** Whether a source has an exercise or a written question, and so an exercise sheet and a solution. */
export function hasExercises(source: NotebookSource): boolean {
  return source.cells.some((cell) => cell.kind === "exercise" || cell.kind === "written");
}

/**
 * Builds one edition; the same source always gives the same notebook. Another wording changes what text cells say, and with it
 * the checksums of locked tasks; ids come from the English text. Throws `E_RELEASE` on an untested exercise.
 */
export function buildNotebook(
  source: NotebookSource,
  edition: Edition,
  wording: Wording = englishWording,
): Notebook {
  const points = pointsByExercise(source);
  const letters = new Map([...points.keys()].map((id, index) => [id, String.fromCharCode(65 + index)]));
  const ids = createIdSource(reservedIds(source));
  const cells: Cell[] = [];

  const markdown = (write: (cell: string, wording: Wording) => string, id?: string, graded = false) => {
    const heading = /^#{1,4} (.+)$/m.exec(write("", englishWording))?.[1];
    if (heading !== undefined) ids.heading(heading);
    const cellId = id ?? ids.next();
    const text = spreadFolds(write(cellId, wording));
    const metadata = graded
      ? { nbgrader: { ...nbgraderMetadata("read-only", cellId, "markdown", text) } }
      : {};
    cells.push({ cell_type: "markdown", id: cellId, metadata, source: text });
  };
  const code = (text: string, cell: SourceCell, kind?: GradedKind, cellPoints?: number) => {
    const id = cell.id ?? ids.next();
    const metadata = {
      ...(kind && edition !== "course"
        ? { nbgrader: { ...nbgraderMetadata(kind, id, "code", text, cellPoints) } }
        : {}),
      ...(cell.kind === "code" && cell.varies ? { tags: [variesTag] } : {}),
      ...(cell.title === "" ? {} : { title: cell.title }),
    };
    cells.push({ cell_type: "code", id, metadata, source: text, execution_count: null, outputs: [] });
  };

  if (source.header.title !== undefined) markdown((cell, words) => titleText(source, cell, words));
  for (const cell of source.cells) {
    switch (cell.kind) {
      case "markdown":
        markdown((id, words) => words.textOf({ cell: id, part: "text", english: cell.text }), cell.id);
        break;
      case "code":
        code(publicCode(cell.regions), cell);
        break;
      case "setup":
        if (cell.id === undefined) throw missingId(source, cell);
        if (edition === "course") break;
        code(publicCode(cell.regions), cell, "read-only");
        break;
      case "exercise": {
        const letter = letters.get(cell.id) ?? "";
        if (edition === "course") {
          markdown((_, words) => pointerText(cell, letter, source.name, words), cell.id);
        } else {
          const worth = points.get(cell.id) ?? 0;
          markdown((_, words) => taskText(cell, letter, worth, words), `${cell.id}-task`, true);
          code(edition === "solution" ? fullCode(cell.regions) : publicCode(cell.regions), cell, "answer");
        }
        break;
      }
      case "written": {
        const letter = letters.get(cell.id) ?? "";
        if (edition === "course") {
          markdown((_, words) => pointerText(cell, letter, source.name, words), cell.id);
          break;
        }
        markdown((_, words) => taskText(cell, letter, cell.points, words), `${cell.id}-task`, true);
        const text = edition === "solution" ? cell.answer : writtenStub;
        const nbgrader = { ...nbgraderMetadata("written", cell.id, "markdown", text, cell.points) };
        cells.push({
          cell_type: "markdown",
          id: cell.id,
          metadata: { nbgrader, title: cell.title },
          source: text,
        });
        break;
      }
      case "tests":
        if (edition === "course") break;
        code(
          edition === "solution" ? fullCode(cell.regions) : publicCode(cell.regions),
          cell,
          "tests",
          cell.points,
        );
        break;
      case "mutant":
        break;
    }
  }
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: "residency", display_name: "TypeScript (Residency)", language: "typescript" },
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x-typescript" },
      ...(edition === "course" ? {} : { residency: { assignment: source.name } }),
    },
    cells,
  };
}

/** The points of each exercise, in the notebook's order: the sum over its tests cells, or what a person gives. */
function pointsByExercise(source: NotebookSource): Map<string, number> {
  const points = new Map<string, number>();
  const tested = new Set<string>();
  for (const cell of source.cells) {
    if (cell.kind === "exercise") points.set(cell.id, 0);
    if (cell.kind === "written") {
      points.set(cell.id, cell.points);
      tested.add(cell.id);
    }
    if (cell.kind !== "tests") continue;
    points.set(cell.exercise, (points.get(cell.exercise) ?? 0) + cell.points);
    tested.add(cell.exercise);
  }
  for (const id of points.keys()) {
    if (!tested.has(id)) {
      throw new GraderError(
        "E_RELEASE",
        `Cannot release ${source.name}: exercise "${id}" has no tests cell; add "// %% tests points=…" after it`,
      );
    }
  }
  return points;
}

function reservedIds(source: NotebookSource): string[] {
  return source.cells.flatMap((cell) => {
    if (cell.id === undefined) return [];
    return cell.kind === "exercise" || cell.kind === "written" ? [cell.id, `${cell.id}-task`] : [cell.id];
  });
}

function missingId(source: NotebookSource, cell: SourceCell): GraderError {
  return new GraderError(
    "E_RELEASE",
    `Cannot release ${source.name}: the setup cell at line ${cell.line} needs id=…, by which the grader finds it`,
  );
}

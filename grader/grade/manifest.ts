/** What the grader goes by: the tests, points and checks of a solution notebook, never those of a submission. */
import type { Cell, Notebook } from "../../kernel/notebook/index.ts";
import { GraderError } from "../errors.ts";
import { joinRegions, splitRegions } from "../percent/index.ts";
import type { Region } from "../percent/index.ts";
import { publicCode } from "../release/index.ts";

/** One tests cell. */
export interface TestItem {
  id: string;
  /** The id of the answer cell that it tests. */
  exercise: string;
  title: string;
  points: number;
  /** The tests that a student has too. */
  visible: string;
  /** All tests. */
  full: string;
  /** What a student may read about the hidden tests when they fail. */
  hiddenNotes: string[];
}

/** One question that a person grades. */
export interface WrittenItem {
  id: string;
  title: string;
  points: number;
}

/** An assignment as its solution notebook defines it. */
export interface Manifest {
  assignment: string;
  items: TestItem[];
  written: WrittenItem[];
  /** Ids of all exercises and written questions, in the notebook's order. */
  order: string[];
  /** The locked cells that are no tests, by id, with the text that students were given. */
  locked: Map<string, string>;
  /** Ids of the answer cells. */
  answers: Set<string>;
  /** Declarations of the checks for use inside a block; see `checkDeclarations`. */
  checks: string;
}

/** Reads a solution notebook. Throws `E_ASSIGNMENT` when it holds no tests, or metadata that cannot be. */
export function readManifest(assignment: string, solution: Notebook): Manifest {
  const manifest: Manifest = {
    assignment,
    items: [],
    written: [],
    order: [],
    locked: new Map(),
    answers: new Set(),
    checks: "",
  };
  let answer = { id: "", title: "" };
  for (const cell of solution.cells) {
    const graded = gradedCell(cell.metadata["nbgrader"]);
    if (!graded) continue;
    if (cell.cell_type !== "code") {
      if (graded.locked) manifest.locked.set(graded.id, cell.source);
      if (!(graded.grade && graded.solution)) continue;
      manifest.order.push(graded.id);
      manifest.written.push({ id: graded.id, title: titleOf(cell, graded.id), points: graded.points });
    } else if (graded.solution) {
      answer = { id: graded.id, title: titleOf(cell, graded.id) };
      manifest.answers.add(graded.id);
      manifest.order.push(graded.id);
    } else if (graded.grade) {
      const regions = splitRegions(
        cell.source.split("\n"),
        "hidden",
        () => `${assignment}: cell ${graded.id}`,
      );
      manifest.items.push({
        id: graded.id,
        exercise: answer.id,
        title: answer.title,
        points: graded.points,
        visible: publicCode(regions),
        full: joinRegions(regions),
        hiddenNotes: notesOf(regions),
      });
    } else if (graded.locked) {
      manifest.locked.set(graded.id, cell.source);
      manifest.checks += checkDeclarations(cell.source, assignment);
    }
  }
  if (manifest.items.length + manifest.written.length === 0) {
    throw new GraderError(
      "E_ASSIGNMENT",
      `Cannot grade ${assignment}: its solution notebook has no tests cell and no question`,
    );
  }
  return manifest;
}

/** The parts of `metadata.nbgrader` that decide what a cell is for; undefined when there are none. */
export function gradedCell(
  value: unknown,
): { id: string; grade: boolean; solution: boolean; locked: boolean; points: number } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { grade_id: id, grade, solution, locked, points } = value as Record<string, unknown>;
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    grade: grade === true,
    solution: solution === true,
    locked: locked === true,
    points: typeof points === "number" && Number.isFinite(points) ? points : 0,
  };
}

/**
 * Turns `import { a, b as c } from "x";` into `const { a, b: c } = await import("x");`. Inside the block that tests
 * run in, names declared so cannot be reached, and so not replaced, by a submission.
 */
function checkDeclarations(source: string, assignment: string): string {
  const code = source.trim();
  const pattern = /^import \{([\w\s,$]+)\} from ("[^"]+");?\s*/;
  let rest = code;
  let declarations = "";
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    const names = (match[1] ?? "").replaceAll(/\s+as\s+/g, ": ").replaceAll(/\s+/g, " ");
    declarations += `const {${names}} = await import(${match[2] ?? ""});\n`;
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") {
    throw new GraderError(
      "E_ASSIGNMENT",
      `Cannot grade ${assignment}: a setup cell holds more than imports of names: ${rest.split("\n")[0] ?? ""}`,
    );
  }
  return declarations;
}

function titleOf(cell: Cell, id: string): string {
  const title = cell.metadata["title"];
  return typeof title === "string" && title !== "" ? title : id;
}

function notesOf(regions: readonly Region[]): string[] {
  return regions.filter(({ kind, note }) => kind === "hidden" && note !== "").map(({ note }) => note);
}

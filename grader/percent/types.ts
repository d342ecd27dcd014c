/** What a notebook source holds after parsing: a header, and cells made of public, solution and hidden lines. */

/** Lines of a cell that belong to everyone, to the solution only, or to the hidden tests only. */
export interface Region {
  kind: "public" | "solution" | "hidden";
  /** The lines without the BEGIN and END markers. */
  lines: string[];
  /** The whitespace before the BEGIN marker; empty for public lines. */
  indent: string;
  /** The text after the BEGIN marker: what a student may read about hidden tests, or the code that stands for a solution. */
  note: string;
}

/** What every cell has: its 1-based line in the source, its own id if one was written, and its title. */
interface CellBase {
  line: number;
  id: string | undefined;
  title: string;
}

/** Text in Markdown. */
export interface MarkdownCell extends CellBase {
  kind: "markdown";
  text: string;
}

/** Code that a student runs and may change. */
export interface PlainCell extends CellBase {
  kind: "code";
  /** Whether what it puts out differs from run to run or from machine to machine, as times and written answers do. */
  varies: boolean;
  regions: Region[];
}

/** Imports that checks rely on: locked, run again by the grader in front of every tests cell, not in the course notebook. */
export interface SetupCell extends CellBase {
  kind: "setup";
  regions: Region[];
}

/** A task: its prompt and hints, and the code that a student completes. */
export interface ExerciseCell extends CellBase {
  kind: "exercise";
  id: string;
  prompt: string;
  hints: string[];
  /** 1 (easy) to 5. */
  difficulty: number;
  /** 1 (a side road) to 5. */
  importance: number;
  minutes: number;
  regions: Region[];
}

/** A question that a person grades: its prompt, and what a good answer holds, which only the solution notebook has. */
export interface WrittenCell extends CellBase {
  kind: "written";
  id: string;
  prompt: string;
  hints: string[];
  /** 1 (easy) to 5. */
  difficulty: number;
  /** 1 (a side road) to 5. */
  importance: number;
  minutes: number;
  points: number;
  answer: string;
}

/** Tests of the exercise before it, worth points. */
export interface TestsCell extends CellBase {
  kind: "tests";
  id: string;
  exercise: string;
  points: number;
  regions: Region[];
}

/** A wrong solution of the exercise before it, which its tests must not accept; in no notebook. */
export interface MutantCell extends CellBase {
  kind: "mutant";
  exercise: string;
  /** What the failure must say: the name of the check that catches it, or the compiler's error. */
  caught: string;
  /** The lines that stand in place of the solution's. */
  lines: string[];
}

/** One cell of a notebook source. */
export type SourceCell =
  MarkdownCell | PlainCell | SetupCell | ExerciseCell | WrittenCell | TestsCell | MutantCell;

/** The facts of the header comment; a notebook that gives no title there starts with its own `# heading`. */
export interface SourceHeader {
  title: string | undefined;
  goals: string[];
  /** `key: value` lines other than title and goal, in their order. */
  facts: Map<string, string>;
}

/** A parsed notebook source. */
export interface NotebookSource {
  /** The file's name without `.nb.ts`, such as `03-next-token-prediction`. */
  name: string;
  header: SourceHeader;
  cells: SourceCell[];
}

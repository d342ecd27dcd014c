/** The one interface behind which TypeScript sits; positions are UTF-16 offsets into the cell's code. */

/** A cell to compile. */
export interface CellSource {
  code: string;
  /** What messages call the cell, such as "cell 3". */
  name: string;
}

/** A cell that may run. */
export interface CompiledCell {
  ok: true;
  /** The text of a function expression that takes the cell's scope and services. */
  js: string;
  /** Source maps from the running code back to the cell, outermost first, as JSON. */
  maps: string[];
}

/** What a cell would become if it ran now. */
export type CellPreview = Pick<CompiledCell, "js" | "maps">;

/** A cell with errors; nothing of it may run and it declares nothing. */
export interface RejectedCell {
  ok: false;
  errors: CellDiagnostic[];
}

/** One thing that TypeScript has to say about a cell; line and column count from 1. */
export interface CellDiagnostic {
  code: number;
  message: string;
  line: number;
  column: number;
  /** How many characters are wrong, on the first line. */
  length: number;
}

/** Names that fit at a position, and the text that they replace. */
export interface Completions {
  start: number;
  end: number;
  /** The likeliest first; those may say their signature and documentation too. */
  entries: { name: string; kind: string; signature?: string; documentation?: string }[];
}

/** What is known of the name at a position. */
export interface Inspection {
  /** Its declaration or type. */
  signature: string;
  documentation: string;
}

/** Whether code could run as it is. */
export type Completeness =
  { status: "complete" } | { status: "incomplete"; indent: string } | { status: "invalid" };

/** The language of cells: what earlier cells declared is known to later ones. */
export interface CellLanguage {
  /** Checks and compiles a cell; its declarations become visible to later cells when it has no errors. */
  compile(cell: CellSource): Promise<CompiledCell | RejectedCell>;
  complete(code: string, position: number): Promise<Completions>;
  inspect(code: string, position: number): Promise<Inspection | undefined>;
  isComplete(code: string): Promise<Completeness>;
  /** Looks up the imports of later cells from another folder, and packages from the notebook's when they are not there. */
  setFolder(folder: string): Promise<void>;
  /** What a cell would become, unchecked and without a trace; undefined when the syntax is wrong. */
  preview(code: string): Promise<CellPreview | undefined>;
  /** The JavaScript of an expression or of statements, unchecked; undefined when the syntax is wrong. */
  stripTypes(code: string): Promise<string | undefined>;
  /** Lets work that takes long fail, such as the check of types without end; what cells declared is kept. */
  interrupt(): void;
  /** Forgets all cells, as after the loss of their state. */
  reset(): Promise<void>;
  /** Ends the service. */
  close(): Promise<void>;
}

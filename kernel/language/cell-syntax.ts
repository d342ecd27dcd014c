/** What the text of a cell says before any type is known: its declarations, its imports, and the JavaScript in it. */
import type { Declaration } from "./declaration-lines.ts";

/** A name that an import statement brings, and where the statement says it. */
export interface ImportedName {
  /** Offset of the local name in the cell's code. */
  position: number;
}

/** An import statement of named bindings whose names may all be types, in which case nothing of it is left to run. */
export interface NamedImport {
  start: number;
  end: number;
  names: ImportedName[];
}

/** The syntax of a cell. */
export interface CellSyntax {
  declarations: Declaration[];
  namedImports: NamedImport[];
  /** Module specifiers of all imports. */
  specifiers: string[];
  /** Names of enums: their object must be made anew, also where an earlier cell has one of this name. */
  enums: string[];
  /** Whether the last statement is an expression, whose value is the cell's result. */
  endsInExpression: boolean;
  /** Declares something in the global scope or in another module. */
  augments: boolean;
  /** Has JSX in it, which in files called `.ts` would be a type assertion. */
  jsx: boolean;
}

/** JavaScript with its source map as JSON. */
export interface TranspiledCell {
  js: string;
  map: string;
}

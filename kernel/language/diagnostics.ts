/** Diagnostics in the cell's own lines and columns. */
import type { Declaration } from "./declaration-lines.ts";
import type { CellDiagnostic } from "./language-service.ts";

/** What a compiler says about a range of the cell's code, in UTF-16 offsets. */
export interface RangeDiagnostic {
  code: number;
  message: string;
  start: number;
  length: number;
}

/** A compiler's diagnostic as one of the cell; positions behind the code mean its end. */
export function toCellDiagnostic(diagnostic: RangeDiagnostic, code: string): CellDiagnostic {
  const start = Math.min(diagnostic.start, code.length);
  const before = code.slice(0, start).split(/\r\n|\n|\r/);
  const rest = /^[^\r\n]*/.exec(code.slice(start))?.[0].length ?? 0;
  return {
    code: diagnostic.code,
    message: diagnostic.message,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: Math.max(1, Math.min(diagnostic.length, rest)),
  };
}

const assignmentToImport = 2632;

/** The errors, without the word "import" for what an earlier cell declared: it is an import only in the hidden lines. */
export function nameEarlierCells(
  errors: readonly CellDiagnostic[],
  find: (name: string) => Declaration | undefined,
): CellDiagnostic[] {
  return errors.map((error) => {
    const name = error.code === assignmentToImport ? /'(.+?)'/.exec(error.message)?.[1] : undefined;
    const declaration = name === undefined ? undefined : find(name);
    if (!declaration || declaration.importText !== undefined) return error;
    const message = `Cannot assign to '${declaration.name}': an earlier cell declared it, and neither with 'let' nor with 'var'. Declare it anew to change it.`;
    return { ...error, message };
  });
}

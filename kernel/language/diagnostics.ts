/** Diagnostics in the cell's own lines and columns, and as text to print. */
import ts from "typescript";
import type { CellDiagnostic } from "./language-service.ts";

/** A diagnostic of TypeScript as one of the cell; positions behind the code mean its end. */
export function toCellDiagnostic(diagnostic: ts.Diagnostic, code: string): CellDiagnostic {
  const start = Math.min(diagnostic.start ?? 0, code.length);
  const before = code.slice(0, start).split(/\r\n|\n|\r/);
  const rest = /^[^\r\n]*/.exec(code.slice(start))?.[0].length ?? 0;
  return {
    code: diagnostic.code,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: Math.max(1, Math.min(diagnostic.length ?? 1, rest)),
  };
}

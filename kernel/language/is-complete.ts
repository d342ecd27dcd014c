/** Whether code could run as it stands, or wants another line. */
import ts from "typescript";
import type { Completeness } from "./language-service.ts";
import { incomplete, withArrowBody } from "./unfinished-code.ts";

/** Syntax errors that more text would cure wherever they are reported. */
const unterminated = new Set([
  1010, // '*/' expected
  1160, // Unterminated template literal
]);

/** Says "incomplete" when the only trouble is that the code ends too early. */
export function isComplete(code: string): Completeness {
  const text = code.trimEnd();
  // The export makes it a module, in which `await` may stand at the top level.
  const source = ts.createSourceFile(
    "cell.ts",
    `export {};${withArrowBody(text)}`,
    ts.ScriptTarget.ESNext,
    true,
  );
  const offset = "export {};".length;
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: ts.DiagnosticWithLocation[] };
  if (parseDiagnostics.length === 0) return { status: "complete" };
  const endsEarly = parseDiagnostics.some(
    ({ code: number, start }) => unterminated.has(number) || start - offset >= text.length,
  );
  return endsEarly ? incomplete(text) : { status: "invalid" };
}

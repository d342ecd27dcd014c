/** Compiler options that a cell sets for the notebook: `// @tsconfig { "strict": false }` on a line of its own. */
import { toCellDiagnostic } from "./diagnostics.ts";
import type { CellDiagnostic } from "./language-service.ts";

const comment = /^[ \t]*\/\/[ \t]*@tsconfig[ \t]+(.*)$/m;

/** The options that the cell's comment asks for, or what is wrong with it; undefined when there is no such comment. */
export function readOptions(code: string): { options: object } | { error: CellDiagnostic } | undefined {
  const found = comment.exec(code);
  if (!found) return undefined;
  const json = (found[1] ?? "").trim();
  try {
    const options: unknown = JSON.parse(json);
    if (typeof options === "object" && options !== null && !Array.isArray(options)) return { options };
  } catch {
    // Said below.
  }
  const start = found.index + found[0].indexOf(json, found[0].indexOf("@tsconfig") + "@tsconfig".length);
  const message = 'The comment @tsconfig needs a JSON object on one line, such as { "strict": false }.';
  return { error: toCellDiagnostic({ code: 0, message, start, length: json.length }, code) };
}

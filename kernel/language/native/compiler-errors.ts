/** The compiler's errors about a draft as errors of its cell. */
import { ignoredDiagnostics } from "../cell-options.ts";
import { toCellDiagnostic } from "../diagnostics.ts";
import type { CellDiagnostic } from "../language-service.ts";
import type { CompilerDiagnostic } from "./cell-project.ts";

/** The errors among diagnostics, without those that would be wrong for a cell. */
export function toErrors(diagnostics: readonly CompilerDiagnostic[], code: string): CellDiagnostic[] {
  return diagnostics
    .filter((one) => one.category === 1 && !ignoredDiagnostics.has(one.code))
    .map((one) => {
      const range = { code: one.code, message: messageText(one), start: one.pos, length: one.end - one.pos };
      return toCellDiagnostic(range, code);
    });
}

/** The message and the reasons below it, each level indented. */
function messageText({ text, messageChain = [] }: CompilerDiagnostic, depth = 0): string {
  const below = messageChain.map((next) => messageText(next, depth + 1));
  return [`${"  ".repeat(depth)}${text}`, ...below].join("\n");
}

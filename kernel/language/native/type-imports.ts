/** Imports of a cell that bring nothing but types. */
import type { NamedImport } from "../cell-syntax.ts";
import type { CellProject } from "./cell-project.ts";
import { symbolFlags } from "./symbol-flags.ts";
import type { CompilerSymbol } from "./symbol-flags.ts";

/** The code of a checked draft with spaces in place of such imports, which may have no file to run. */
export async function blankTypeImports(
  project: CellProject,
  draft: string,
  code: string,
  imports: readonly NamedImport[],
): Promise<string> {
  let result = code;
  const file = project.pathOf(draft);
  for (const { start, end, names } of imports) {
    const flags = await Promise.all(
      names.map(async ({ position }) => {
        const symbol = await project.ask<CompilerSymbol | null>("getSymbolAtPosition", { file, position });
        if (!symbol || (symbol.flags & symbolFlags.alias) === 0) return symbolFlags.value;
        return (await project.ask<CompilerSymbol>("getAliasedSymbol", { symbol: symbol.id })).flags;
      }),
    );
    const isType = (flag: number): boolean =>
      (flag & symbolFlags.type) !== 0 && (flag & symbolFlags.value) === 0;
    if (!flags.every(isType)) continue;
    result = result.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, " ") + result.slice(end);
  }
  return result;
}

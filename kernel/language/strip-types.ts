/** TypeScript without its types, for expressions of which no cell is made. */
import ts from "typescript";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/** The JavaScript of an expression or of statements, unchecked; undefined when the syntax is wrong. */
export function stripTypes(code: string): string | undefined {
  // An object in braces is an object here and not a block.
  for (const text of [`(${code}\n)`, code]) {
    const { outputText, diagnostics = [] } = ts.transpileModule(text, {
      compilerOptions: options,
      reportDiagnostics: true,
    });
    if (diagnostics.length === 0) return outputText;
  }
  return undefined;
}

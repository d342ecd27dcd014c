/** The syntax of a cell by TypeScript's own parser, and its JavaScript by TypeScript's emitter. */
import ts from "typescript";
import type { CellSyntax, NamedImport, TranspiledCell } from "./cell-syntax.ts";
import { collectDeclarations } from "./declarations.ts";

/** What TypeScript makes of a cell's text; errors in it are not reported here. */
export function parseWithTypeScript(code: string): CellSyntax {
  const plain = createSource(code, "ts");
  const jsx = hasErrors(plain) && !hasErrors(createSource(code, "tsx"));
  const source = jsx ? createSource(code, "tsx") : plain;
  const specifiers = source.statements.flatMap((statement) =>
    (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
    statement.moduleSpecifier &&
    ts.isStringLiteral(statement.moduleSpecifier)
      ? [statement.moduleSpecifier.text]
      : [],
  );
  return {
    declarations: [...collectDeclarations(source).values()],
    namedImports: source.statements.flatMap((statement) => namedImport(statement, source)),
    specifiers,
    enums: source.statements.filter(ts.isEnumDeclaration).map(({ name }) => name.text),
    // Behind it stands the export of `createSource`.
    endsInExpression: source.statements.at(-2)?.kind === ts.SyntaxKind.ExpressionStatement,
    augments: source.statements.some(
      (statement) =>
        ts.isModuleDeclaration(statement) &&
        (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0),
    ),
    jsx,
  };
}

/** The JavaScript of a cell, with decorators, `using` and the like lowered to what Node 20 runs. */
export function transpileWithTypeScript(code: string, jsx: boolean): TranspiledCell {
  const { outputText, sourceMapText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.React,
      verbatimModuleSyntax: true,
      sourceMap: true,
      inlineSources: false,
    },
    fileName: jsx ? "cell.tsx" : "cell.ts",
  });
  return { js: outputText, map: sourceMapText ?? "" };
}

function createSource(code: string, extension: "ts" | "tsx"): ts.SourceFile {
  return ts.createSourceFile(`cell.${extension}`, `${code}\nexport {};`, ts.ScriptTarget.ESNext, true);
}

function hasErrors(source: ts.SourceFile): boolean {
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: readonly ts.Diagnostic[] };
  return parseDiagnostics.length > 0;
}

function namedImport(statement: ts.Statement, source: ts.SourceFile): NamedImport[] {
  if (!ts.isImportDeclaration(statement)) return [];
  const { importClause } = statement;
  if (!importClause?.namedBindings || importClause.name || !ts.isNamedImports(importClause.namedBindings))
    return [];
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const { elements } = importClause.namedBindings;
  if (elements.length === 0) return [];
  const names = elements.map(({ name }) => ({ position: name.getStart(source) }));
  return [{ start: statement.getStart(source), end: statement.end, names }];
}

/** Cells in TypeScript: each is a module that sees what earlier cells declared. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { transformCell } from "./cell-transform.ts";
import { collectDeclarations, exportLine, visibilityLine } from "./declarations.ts";
import type { Declaration } from "./declarations.ts";
import { toCellDiagnostic } from "./diagnostics.ts";
import { isComplete } from "./is-complete.ts";
import { createCellHost } from "./language-host.ts";
import type {
  CompiledCell,
  Completeness,
  Completions,
  Inspection,
  CellSource,
  RejectedCell,
} from "./language-service.ts";

/** The language service without its asynchronous shell. */
export interface TypeScriptLanguage {
  compile(cell: CellSource): CompiledCell | RejectedCell;
  complete(code: string, position: number): Completions;
  inspect(code: string, position: number): Inspection | undefined;
  isComplete(code: string): Completeness;
  setFolder(folder: string): void;
  reset(): void;
}

/** Types of the globals that a cell has beyond Node's own. */
const globalsFile = fileURLToPath(new URL("../executor/globals.d.ts", import.meta.url));

/** Diagnostics that would be wrong for a cell. */
const ignoredCodes = new Set([
  7016, // A package without types is usable all the same.
  7034, // `let x;` gets its type where a later cell assigns it.
  7005,
]);

interface VisibleName {
  declaration: Declaration;
  specifier: string;
}

const transpileOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  sourceMap: true,
  inlineSources: false,
};

/** A language for the cells of a notebook in `folder`. */
export function createTypeScriptLanguage(folder: string): TypeScriptLanguage {
  const host = createCellHost(folder);
  const service = ts.createLanguageService(host);
  let visible = new Map<string, VisibleName>();
  let runtimeNames = new Set<string>();
  let augmenting: string[] = [];
  let count = 0;

  const open = (fileName: string, code: string, everything: boolean): Map<string, Declaration> => {
    const source = ts.createSourceFile(fileName, `${code}\nexport {};`, ts.ScriptTarget.ESNext, true);
    const declarations = collectDeclarations(source);
    const words = everything ? undefined : new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    const hidden = [...visible.values()]
      .filter(({ declaration: { name } }) => !declarations.has(name) && (words?.has(name) ?? true))
      .map(({ declaration, specifier }) => visibilityLine(declaration, specifier));
    // After the code, so that positions in it need no shift.
    host.setFile(fileName, [code, ...hidden, exportLine(declarations.values())].join("\n"));
    host.setRoots([globalsFile, ...augmenting, fileName]);
    return declarations;
  };
  const check = (fileName: string, code: string): RejectedCell | undefined => {
    const syntactic = service.getSyntacticDiagnostics(fileName);
    const found =
      syntactic.length > 0
        ? syntactic
        : service
            .getSemanticDiagnostics(fileName)
            .filter(
              ({ start, category }) => (start ?? 0) < code.length && category === ts.DiagnosticCategory.Error,
            )
            .filter((diagnostic) => !ignoredCodes.has(diagnostic.code));
    if (found.length === 0) return undefined;
    return { ok: false, errors: found.map((diagnostic) => toCellDiagnostic(diagnostic, code)) };
  };
  const scratch = path.join(folder, ".cell-draft.ts");

  const compile = (code: string, name: string, fileName: string): CompiledCell | RejectedCell => {
    const declarations = open(fileName, code, false);
    const rejected = check(fileName, code);
    if (rejected) return rejected;
    const withoutTypes = blankTypeImports(service.getProgram(), fileName, code);
    const emitted = ts.transpileModule(withoutTypes, { compilerOptions: transpileOptions, fileName: name });
    const { js, map, names } = transformCell(emitted.outputText, runtimeNames);
    for (const declared of names) runtimeNames.add(declared);
    const specifier = `./${path.basename(fileName)}`;
    for (const declaration of declarations.values()) {
      visible.set(declaration.name, { declaration, specifier });
    }
    if (/\bdeclare\s+(global|module)\b/.test(code)) augmenting.push(fileName);
    return { ok: true, js, maps: [map, emitted.sourceMapText ?? ""] };
  };

  return {
    compile({ code: text, name }) {
      const code = text.replace(/^\uFEFF/, "");
      count += 1;
      const fileName = path.join(folder, `.cell-${count}.ts`);
      let result: CompiledCell | RejectedCell;
      try {
        result = compile(code, name, fileName);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const message = "The code is too deeply nested to be compiled.";
        result = { ok: false, errors: [{ code: 0, message, line: 1, column: 1, length: 1 }] };
      }
      if (!result.ok) host.removeFile(fileName);
      return result;
    },
    complete(code, position) {
      open(scratch, code, true);
      const result = service.getCompletionsAtPosition(scratch, position, {});
      const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, position))?.[0] ?? "";
      const span = result?.optionalReplacementSpan;
      const entries = (result?.entries ?? [])
        .filter((entry) => entry.name.toLowerCase().startsWith(before.toLowerCase()))
        .sort((a, b) =>
          a.sortText === b.sortText ? compare(a.name, b.name) : compare(a.sortText, b.sortText),
        )
        .map((entry) => ({ name: entry.name, kind: entry.kind }));
      const start = position - before.length;
      return { start, end: span && span.start === start ? span.start + span.length : position, entries };
    },
    inspect(code, position) {
      open(scratch, code, true);
      // At the end of a name, and inside a call's opening parenthesis, the name before the cursor is meant.
      const info = [position, position - 1]
        .filter((at) => at >= 0)
        .map((at) => service.getQuickInfoAtPosition(scratch, at))
        .find((found) => found !== undefined);
      if (!info) return undefined;
      const tags = (info.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`);
      const documentation = [ts.displayPartsToString(info.documentation), ...tags].filter(Boolean).join("\n");
      // That a name of an earlier cell is an alias is our doing, not the author's.
      const signature = ts.displayPartsToString(info.displayParts).replace(/^\(alias\) |\nimport \S+$/g, "");
      return { signature, documentation };
    },
    isComplete,
    setFolder: (current) => host.setImportFolder(current),
    reset() {
      host.setImportFolder(folder);
      visible = new Map();
      runtimeNames = new Set();
      augmenting = [];
    },
  };
}

/** The code with spaces in place of imports that bring nothing but types, which may have no file to run. */
function blankTypeImports(program: ts.Program | undefined, fileName: string, code: string): string {
  const source = program?.getSourceFile(fileName);
  if (!program || !source) return code;
  const checker = program.getTypeChecker();
  const isType = (name: ts.Identifier): boolean => {
    const symbol = checker.getSymbolAtLocation(name);
    if (!symbol || (symbol.flags & ts.SymbolFlags.Alias) === 0) return false;
    const { flags } = checker.getAliasedSymbol(symbol);
    return (flags & ts.SymbolFlags.Type) !== 0 && (flags & ts.SymbolFlags.Value) === 0;
  };
  let result = code;
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || statement.end > code.length) continue;
    const clause = statement.importClause;
    if (!clause?.namedBindings || clause.name || !ts.isNamedImports(clause.namedBindings)) continue;
    const { elements } = clause.namedBindings;
    if (elements.length === 0 || !elements.every((element) => isType(element.name))) continue;
    const start = statement.getStart(source);
    const blank = code.slice(start, statement.end).replace(/[^\n]/g, " ");
    result = result.slice(0, start) + blank + result.slice(statement.end);
  }
  return result;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

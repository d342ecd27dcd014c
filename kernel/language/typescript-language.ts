/** Cells in TypeScript: each is a module that sees what earlier cells declared. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { ignoredDiagnostics } from "./cell-options.ts";
import type { CellSyntax, NamedImport, TranspiledCell } from "./cell-syntax.ts";
import { previewCell, transformCell } from "./cell-transform.ts";
import { exportLine, mayUse, visibilityLine } from "./declaration-lines.ts";
import type { Declaration } from "./declaration-lines.ts";
import { nameEarlierCells, toCellDiagnostic } from "./diagnostics.ts";
import { isComplete } from "./is-complete.ts";
import { createCellHost } from "./language-host.ts";
import type {
  CellPreview,
  CompiledCell,
  Completeness,
  Completions,
  Inspection,
  CellSource,
  RejectedCell,
} from "./language-service.ts";
import { readOptions } from "./tsconfig-comment.ts";
import { parseWithTypeScript, transpileWithTypeScript } from "./typescript-syntax.ts";

/** The language service without its asynchronous shell. */
export interface TypeScriptLanguage {
  compile(cell: CellSource): CompiledCell | RejectedCell;
  complete(code: string, position: number): Completions;
  inspect(code: string, position: number): Inspection | undefined;
  isComplete(code: string): Completeness;
  setFolder(folder: string): void;
  reset(): void;
  /** What a cell would become; undefined when the syntax is wrong. */
  preview(code: string): CellPreview | undefined;
  /** The syntax of a cell alone, without a check of its types. */
  parse(code: string): CellSyntax;
  /** The JavaScript of a cell that has no error. */
  transpile(code: string, jsx: boolean): TranspiledCell;
}

/** Types of the globals that a cell has beyond Node's own. */
const globalsFile = fileURLToPath(new URL("../executor/globals.d.ts", import.meta.url));

interface VisibleName {
  declaration: Declaration;
  specifier: string;
}

/** A language for the cells of a notebook in `folder`. */
export function createTypeScriptLanguage(folder: string): TypeScriptLanguage {
  const host = createCellHost(folder);
  const service = ts.createLanguageService(host);
  let visible = new Map<string, VisibleName>();
  let runtimeNames = new Set<string>();
  let augmenting: string[] = [];
  let count = 0;

  const hiddenLines = (code: string, declarations: readonly Declaration[], everything: boolean): string[] => {
    const isNeeded = mayUse(code, declarations, everything);
    return [...visible.values()]
      .filter(({ declaration }) => isNeeded(declaration))
      .map(({ declaration, specifier }) => visibilityLine(declaration, specifier))
      .concat(exportLine(declarations));
  };
  const open = (fileName: string, text: string): void => {
    host.setFile(fileName, text);
    host.setRoots([globalsFile, ...augmenting, fileName]);
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
            .filter((diagnostic) => !ignoredDiagnostics.has(diagnostic.code));
    if (found.length === 0) return undefined;
    const errors = found.map(({ code: number, messageText, start = 0, length = 1 }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      return toCellDiagnostic({ code: number, message, start, length }, code);
    });
    return { ok: false, errors: nameEarlierCells(errors, (name) => visible.get(name)?.declaration) };
  };
  const compile = (code: string, number: number): CompiledCell | RejectedCell => {
    const asked = readOptions(code);
    if (asked && "error" in asked) return { ok: false, errors: [asked.error] };
    if (asked) host.setOptions(asked.options);
    const syntax = parseWithTypeScript(code);
    const fileName = path.join(folder, `.cell-${number}.${syntax.jsx ? "tsx" : "ts"}`);
    // After the code, so that positions in it need no shift.
    open(fileName, [code, ...hiddenLines(code, syntax.declarations, false)].join("\n"));
    const rejected = check(fileName, code);
    if (rejected) {
      host.removeFile(fileName);
      return rejected;
    }
    const withoutTypes = blankTypeImports(service.getProgram(), fileName, code, syntax.namedImports);
    const emitted = transpileWithTypeScript(withoutTypes, syntax.jsx);
    const { js, map, names } = transformCell(emitted.js, runtimeNames, syntax);
    for (const declared of names) runtimeNames.add(declared);
    const specifier = `./${path.basename(fileName)}`;
    for (const declaration of syntax.declarations) {
      visible.set(declaration.name, { declaration, specifier });
    }
    if (syntax.augments) augmenting.push(fileName);
    return { ok: true, js, maps: [map, emitted.map] };
  };
  /** Opens code that is being written behind the hidden lines, which an open brace or a dot at its end would swallow. */
  const openDraft = (code: string): { draft: string; offset: number } => {
    const { declarations, jsx } = parseWithTypeScript(code);
    const draft = path.join(folder, jsx ? ".cell-draft.tsx" : ".cell-draft.ts");
    const hidden = `${hiddenLines(code, declarations, true).join(" ")}\n`;
    open(draft, hidden + code);
    return { draft, offset: hidden.length };
  };

  return {
    compile({ code: text }) {
      count += 1;
      try {
        return compile(text.replace(/^\uFEFF/, ""), count);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const message = "The code is too deeply nested to be compiled.";
        return { ok: false, errors: [{ code: 0, message, line: 1, column: 1, length: 1 }] };
      }
    },
    complete(code, position) {
      const { draft, offset } = openDraft(code);
      const result = service.getCompletionsAtPosition(draft, offset + position, {});
      const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, position))?.[0] ?? "";
      const span = result?.optionalReplacementSpan;
      const entries = (result?.entries ?? [])
        .filter((entry) => entry.name.toLowerCase().startsWith(before.toLowerCase()))
        .sort((a, b) =>
          a.sortText === b.sortText ? compare(a.name, b.name) : compare(a.sortText, b.sortText),
        )
        .map((entry) => ({ name: entry.name, kind: entry.kind }));
      const start = position - before.length;
      const end = span && span.start - offset === start ? start + span.length : position;
      return { start, end, entries };
    },
    inspect(code, position) {
      const { draft, offset } = openDraft(code);
      // At the end of a name, and inside a call's opening parenthesis, the name before the cursor is meant.
      const info = [position, position - 1]
        .filter((at) => at >= 0)
        .map((at) => service.getQuickInfoAtPosition(draft, offset + at))
        // Of a name that nobody declared TypeScript knows no kind, and says "any".
        .find((found) => found !== undefined && found.kind !== ts.ScriptElementKind.unknown);
      if (!info) return undefined;
      const tags = (info.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`);
      const documentation = [ts.displayPartsToString(info.documentation), ...tags].filter(Boolean).join("\n");
      // That a name of an earlier cell is an alias is our doing, not the author's.
      const signature = ts.displayPartsToString(info.displayParts).replace(/^\(alias\) |\nimport \S+$/g, "");
      return { signature, documentation };
    },
    preview: (code) =>
      previewCell(() => {
        const syntax = parseWithTypeScript(code);
        return { emitted: transpileWithTypeScript(code, syntax.jsx), syntax };
      }, runtimeNames),
    isComplete,
    setFolder: (current) => host.setImportFolder(current),
    reset() {
      host.setImportFolder(folder);
      visible = new Map();
      runtimeNames = new Set();
      augmenting = [];
    },
    parse: parseWithTypeScript,
    transpile: transpileWithTypeScript,
  };
}

/** The code with spaces in place of imports that bring nothing but types, which may have no file to run. */
function blankTypeImports(
  program: ts.Program | undefined,
  fileName: string,
  code: string,
  imports: readonly NamedImport[],
): string {
  const source = program?.getSourceFile(fileName);
  if (!program || !source) return code;
  const checker = program.getTypeChecker();
  const isType = (position: number): boolean => {
    const name = nameAt(source, position);
    const symbol = name && checker.getSymbolAtLocation(name);
    if (!symbol || (symbol.flags & ts.SymbolFlags.Alias) === 0) return false;
    const { flags } = checker.getAliasedSymbol(symbol);
    return (flags & ts.SymbolFlags.Type) !== 0 && (flags & ts.SymbolFlags.Value) === 0;
  };
  let result = code;
  for (const { start, end, names } of imports) {
    if (!names.every(({ position }) => isType(position))) continue;
    result = result.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, " ") + result.slice(end);
  }
  return result;
}

function nameAt(node: ts.Node, position: number): ts.Identifier | undefined {
  if (ts.isIdentifier(node) && node.end > position && node.getStart() === position) return node;
  return ts.forEachChild(node, (child) =>
    child.pos <= position && position < child.end ? nameAt(child, position) : undefined,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

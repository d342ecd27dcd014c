/** The public interface as a program sees it: what the front doors export, read from the compiled declarations. */
import { readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../support/paths.ts";

const library = path.join(repositoryRoot, "dist/lib");

/** One name that a front door exports. */
export interface PublicExport {
  name: string;
  /** What a program imports it from, such as "residency/peft". */
  module: string;
  symbol: ts.Symbol;
  /** The file of its declaration, such as lib/peft/config.ts. */
  file: string;
  isCallable: boolean;
  hasDocumentation: boolean;
  hasExample: boolean;
}

/** One `@example`. */
export interface Example {
  /** The name that it stands at, such as `LoraConfig`. */
  name: string;
  /** The file of the declaration. */
  declaration: string;
  code: string;
}

/** The declarations, type-checked once. */
export interface PublicApi {
  program: ts.Program;
  exports: PublicExport[];
  examples: Example[];
  /** Places of the type `any`. */
  anys: string[];
  /** Every name that a front door exports, with what it is imported from. */
  modules: Map<string, string>;
}

/** The options of type checking; the same for the declarations and for what uses them. */
export const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  types: ["node"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
};

const sourceOf = (file: string): string =>
  path.relative(path.join(repositoryRoot, "dist"), file).replace(/\.d\.ts$/, ".ts");

function frontDoors(): [module: string, file: string][] {
  const parts = readdirSync(library, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "backends")
    .map(({ name }): [string, string] => [`residency/${name}`, path.join(library, name, "index.d.ts")]);
  return [["residency", path.join(library, "index.d.ts")], ...parts];
}

function describe(checker: ts.TypeChecker, name: string, module: string, alias: ts.Symbol): PublicExport {
  const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
  const declaration = symbol.declarations?.[0];
  const isVariable = (symbol.flags & ts.SymbolFlags.Variable) !== 0;
  return {
    name,
    module,
    symbol,
    file: declaration ? sourceOf(declaration.getSourceFile().fileName) : "",
    isCallable:
      (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0 ||
      (isVariable && checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0),
    hasDocumentation: symbol.getDocumentationComment(checker).length > 0,
    hasExample: symbol.getJsDocTags(checker).some((tag) => tag.name === "example"),
  };
}

function nameOf(node: ts.Node): string {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]!.name.getText();
  const { name } = node as ts.NamedDeclaration;
  return name === undefined ? "" : name.getText();
}

/** Reads the declarations of the library. */
export function readPublicApi(): PublicApi {
  const program = ts.createProgram(
    frontDoors().map(([, file]) => file),
    { ...compilerOptions, noEmit: true },
  );
  const checker = program.getTypeChecker();
  const modules = new Map<string, string>();
  const found = new Map<ts.Symbol, PublicExport>();
  for (const [module, file] of frontDoors()) {
    const door = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    for (const alias of checker.getExportsOfModule(door)) {
      const entry = describe(checker, alias.name, module, alias);
      if (!found.has(entry.symbol)) found.set(entry.symbol, entry);
      if (!modules.has(alias.name)) modules.set(alias.name, module);
    }
  }
  const examples: Example[] = [];
  const anys: string[] = [];
  for (const source of program.getSourceFiles()) {
    if (!source.fileName.startsWith(library)) continue;
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        anys.push(`${sourceOf(source.fileName)}: ${source.text.split("\n")[line]!.trim()}`);
      }
      if (ts.isStatement(node) || ts.isClassElement(node) || ts.isPropertyAssignment(node)) {
        for (const tag of ts.getJSDocTags(node)) {
          const code = ts.getTextOfJSDocComment(tag.comment) ?? "";
          if (tag.tagName.text === "example" && tag.parent.parent === node)
            examples.push({ name: nameOf(node), declaration: source.fileName, code });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { program, exports: [...found.values()], examples, anys, modules };
}

/** The syntax of a cell by Oxc's parser, and its JavaScript by Oxc's transformer: both native and in this process. */
import type * as estree from "@oxc-project/types";
import { parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";
import type { CellSyntax, NamedImport, TranspiledCell } from "../cell-syntax.ts";
import type { Declaration } from "../declaration-lines.ts";

/** What Oxc makes of a cell. */
export interface OxcSyntax extends CellSyntax {
  /** Has syntax that Oxc cannot lower to what Node 20 runs: decorators, `accessor`, `using`. */
  needsLowering: boolean;
}

/**
 * Characters of code that Oxc gets. Its recursion has no limit of its own and ends the process where the stack does:
 * nesting that fills 8,000 characters was safe in every construct tried, 16,000 were not.
 */
export const maxOxcLength = 4096;

/** Parses a cell of at most `maxOxcLength` characters; undefined when it has a syntax error. */
export function parseWithOxc(code: string): OxcSyntax | undefined {
  for (const lang of ["ts", "tsx"] as const) {
    const { program, comments, errors } = parseSync(`cell.${lang}`, code, { lang, sourceType: "module" });
    if (errors.length > 0) continue;
    const withoutComments = comments.reduce(
      (text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end),
      code,
    );
    return {
      ...readProgram(program, code),
      jsx: lang === "tsx",
      needsLowering: /(?:^|[^\w$])@[\p{ID_Start}$_(]|\busing\b|\baccessor\b/u.test(withoutComments),
    };
  }
  return undefined;
}

/** The JavaScript of a cell that has no syntax error. */
export function transpileWithOxc(code: string, jsx: boolean): TranspiledCell {
  const lang = jsx ? "tsx" : "ts";
  const { code: js, map } = transformSync(`cell.${lang}`, code, {
    lang,
    sourceType: "module",
    sourcemap: true,
    target: "es2022",
    // An import may be for later cells; those of types alone are blanked before.
    typescript: { onlyRemoveTypeImports: true },
    jsx: { runtime: "classic", development: false },
  });
  return { js, map: JSON.stringify(map) };
}

/** The JavaScript of an expression or of statements, unchecked; undefined when the syntax is wrong. */
export function stripTypesWithOxc(code: string): string | undefined {
  // An object in braces is an object here and not a block.
  return [`(${code}\n)`, code]
    .filter((text) => parseSync("cell.ts", text, { lang: "ts", sourceType: "module" }).errors.length === 0)
    .map((text) => transpileWithOxc(text, false).js)
    .at(0);
}

function readProgram(program: estree.Program, code: string): Omit<CellSyntax, "jsx"> {
  const declarations = new Map<string, Declaration>();
  const add = (name: string, fields: Partial<Declaration>): void => {
    const known = declarations.get(name);
    declarations.set(name, {
      name,
      mutable: (known?.mutable ?? false) || (fields.mutable ?? false),
      importText: fields.importText ?? known?.importText,
      exported: (known?.exported ?? false) || (fields.exported ?? false),
    });
  };
  const namedImports: NamedImport[] = [];
  const specifiers: string[] = [];
  const enums: string[] = [];
  let augments = false;

  for (const statement of program.body) {
    const exported = statement.type === "ExportNamedDeclaration";
    const isDefault = statement.type === "ExportDefaultDeclaration";
    const node = (exported || isDefault ? statement.declaration : statement) as estree.Node | null;
    if ("source" in statement && statement.source) specifiers.push(statement.source.value);
    if (!node) continue;
    switch (node.type) {
      case "VariableDeclaration":
        for (const { id } of node.declarations) {
          const mutable = node.kind === "let" || node.kind === "var";
          for (const name of boundNames(id)) add(name, { mutable, exported });
        }
        break;
      case "ImportDeclaration":
        for (const specifier of node.specifiers) {
          add(specifier.local.name, { importText: importText(node, specifier, code) });
        }
        namedImports.push(...namedImport(node));
        break;
      case "TSImportEqualsDeclaration":
        add(node.id.name, { importText: code.slice(node.start, node.end) });
        break;
      case "TSModuleDeclaration":
        if (node.kind === "global" || node.id.type === "Literal") augments = true;
        else add(leftmostName(node.id), { exported });
        break;
      case "FunctionDeclaration":
      case "TSDeclareFunction":
      case "ClassDeclaration":
      case "TSInterfaceDeclaration":
      case "TSTypeAliasDeclaration":
      case "TSEnumDeclaration":
        if (node.id) add(node.id.name, { exported });
        if (node.type === "TSEnumDeclaration") enums.push(node.id.name);
        break;
      default:
        for (const name of hoistedVariables(node)) add(name, { mutable: true });
    }
  }
  for (const statement of program.body) {
    if (statement.type !== "ExportNamedDeclaration" || statement.source) continue;
    for (const { local, exported } of statement.specifiers) {
      const name = moduleExportName(local);
      if (name === moduleExportName(exported) && declarations.has(name)) add(name, { exported: true });
    }
  }
  const endsInExpression = program.body.at(-1)?.type === "ExpressionStatement";
  return {
    declarations: [...declarations.values()],
    ...{ namedImports, specifiers, enums, endsInExpression, augments },
  };
}

/** The import statement to state again for one of its names. */
function importText(
  { source, attributes, importKind }: estree.ImportDeclaration,
  specifier: estree.ImportDeclaration["specifiers"][number],
  code: string,
): string {
  const text = code.slice(specifier.start, specifier.end);
  const binding = specifier.type === "ImportSpecifier" ? `{ ${text} }` : text;
  const written = attributes.map(({ start, end }) => code.slice(start, end)).join(", ");
  const withAttributes = written === "" ? "" : ` with { ${written} }`;
  return `import ${importKind === "type" ? "type " : ""}${binding} from ${JSON.stringify(source.value)}${withAttributes};`;
}

/** The statement, if a type check may find that all its names are types. */
function namedImport(node: estree.ImportDeclaration): NamedImport[] {
  if (node.importKind === "type" || node.specifiers.length === 0) return [];
  if (node.specifiers.some(({ type }) => type !== "ImportSpecifier")) return [];
  const names = node.specifiers.map(({ local }) => ({ position: local.start }));
  return [{ start: node.start, end: node.end, names }];
}

function boundNames(pattern: estree.BindingPattern | estree.BindingRestElement): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        property.type === "RestElement" ? boundNames(property.argument) : boundNames(property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? boundNames(element) : []));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
  }
}

/** Names of `var` declarations in blocks, loops and branches, which belong to the top level. */
function hoistedVariables(node: estree.Node): string[] {
  if (/Function|^Class|^TS|^Arrow/.test(node.type)) return [];
  const own =
    node.type === "VariableDeclaration" && node.kind === "var"
      ? node.declarations.flatMap(({ id }) => boundNames(id))
      : [];
  const children = Object.values(node as unknown as Record<string, unknown>)
    .flatMap((value: unknown) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isNode);
  return [...own, ...children.flatMap(hoistedVariables)];
}

function isNode(value: unknown): value is estree.Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function leftmostName(name: estree.TSModuleDeclaration["id"]): string {
  if (name.type === "Identifier") return name.name;
  return name.type === "TSQualifiedName" ? leftmostName(name.left as estree.TSModuleDeclaration["id"]) : "";
}

function moduleExportName(name: estree.ModuleExportName): string {
  return name.type === "Literal" ? name.value : name.name;
}

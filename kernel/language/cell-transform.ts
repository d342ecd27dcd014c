/**
 * Turns a cell's JavaScript module into an async function over the notebook's shared scope.
 *
 * Every top-level name lives on one scope object, so that a later cell may declare it anew and functions of earlier
 * cells see the newest value; imports become live getters on it; the last expression becomes the result.
 */
import { Parser } from "acorn";
import type { AnyNode, ImportDeclaration, Program, TryStatement, VariableDeclaration } from "acorn";
import MagicString from "magic-string";
import type { CellSyntax, TranspiledCell } from "./cell-syntax.ts";
import { patternNames, varNames, walkStatement } from "./references.ts";
import type { ReferenceKind } from "./references.ts";

/** The parameters of the function that a cell becomes. */
export const cellParameters = {
  scope: "$cell_scope",
  importModule: "$cell_import",
  meta: "$cell_meta",
} as const;

/** A function or class; `export default` may leave out its name. */
interface NamedDeclaration {
  type: string;
  id: { name: string } | null;
  start: number;
  end: number;
}

/** A cell as a function expression. */
export interface TransformedCell {
  js: string;
  /** The source map from `js` to the module, as JSON. */
  map: string;
  /** The names that the cell puts on the scope. */
  names: string[];
}

/** What the transformation needs to know of the cell that the module was made of. */
export type CellOrigin = Partial<Pick<CellSyntax, "enums" | "endsInExpression">>;

const { scope, importModule, meta } = cellParameters;

/**
 * Rewrites a module.
 *
 * @param code JavaScript with a semicolon after every statement, as TypeScript prints it.
 * @param earlierNames names that earlier cells put on the scope.
 * @param origin the cell's own syntax. The older values of its enums are gone when it begins, though the module reads them
 * before it sets them.
 * @throws SyntaxError when the code is no module, RangeError when it is too deeply nested.
 */
export function transformCell(
  code: string,
  earlierNames: ReadonlySet<string>,
  { enums = [], endsInExpression = false }: CellOrigin = {},
): TransformedCell {
  const { body } = parseModule(code);
  const text = new MagicString(code);
  if (code.startsWith("#!")) text.update(0, 2, "//");
  const names = new Set(body.flatMap(declaredNames));
  const isScoped = (name: string): boolean => names.has(name) || earlierNames.has(name);

  const reference = (node: { name: string; start: number; end: number }, kind: ReferenceKind): void => {
    if (!isScoped(node.name)) return;
    const target = `${scope}.${node.name}`;
    // A plain call of a property would pass the scope as `this`.
    const forms = { plain: target, callee: `(0, ${target})`, shorthand: `${node.name}: ${target}` };
    text.update(node.start, node.end, forms[kind]);
  };
  const walk = (node: AnyNode): void =>
    walkStatement(node, {
      reference,
      hoistedVar(declaration, inHeader) {
        if (inHeader) text.remove(declaration.start, firstDeclarator(declaration).start);
        else assignVariables(text, code, declaration, false);
      },
      importMeta: ({ start, end }) => text.update(start, end, meta),
      dynamicImport: ({ start }) => text.update(start, start + "import".length, importModule),
    });

  const imports: string[] = [];
  // TypeScript ends some modules with an empty export, which is no statement of the author's.
  const last = body.findLast((one) => one.type !== "ExportNamedDeclaration" || one.declaration);
  const result = endsInExpression && last && isDisposal(last) ? last.block.body.at(-1) : last;
  for (const statement of body) {
    let node: AnyNode = statement;
    if (node.type === "ImportDeclaration") {
      imports.push(importCall(node, code));
      text.remove(node.start, node.end);
      continue;
    }
    if (
      node.type === "ExportAllDeclaration" ||
      (node.type === "ExportNamedDeclaration" && !node.declaration)
    ) {
      if (node.source) imports.push(`await ${importModule}(${node.source.raw ?? '""'});`);
      text.remove(node.start, node.end);
      continue;
    }
    if (node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration") {
      const declaration = node.declaration as AnyNode;
      text.remove(node.start, declaration.start);
      node = declaration;
    }
    walk(node);
    if (node.type === "VariableDeclaration") {
      assignVariables(text, code, node, true);
    } else if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
      assignDeclaration(text, node);
    }
  }
  if (result?.type === "ExpressionStatement") {
    // The comma keeps a function without a name from being called "value".
    text.appendRight(result.start, "return { value: (0, ");
    const end = code[result.end - 1] === ";" ? result.end - 1 : result.end;
    if (end < result.end) text.remove(end, result.end);
    text.appendLeft(end, ") };");
  }
  const cleared = enums.map((name) => `${scope}.${name} = undefined;`);
  const start = [...cleared, ...imports].join(" ");
  text.prepend(`(async function (${scope}, ${importModule}, ${meta}) {"use strict"; ${start}`);
  text.append("\n})");
  return { js: text.toString(), map: text.generateMap({ hires: true }).toString(), names: [...names] };
}

/** What `makeModule` gives, as a cell with its source maps; undefined where that is no module, or too deeply nested. */
export function previewCell(
  makeModule: () => { emitted: TranspiledCell; syntax: CellOrigin },
  earlierNames: ReadonlySet<string>,
): { js: string; maps: string[] } | undefined {
  try {
    const { emitted, syntax } = makeModule();
    const { js, map } = transformCell(emitted.js, earlierNames, syntax);
    return { js, maps: [map, emitted.map] };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A cell may export what an earlier one declared: `checkLocalExport` is where acorn would refuse that. */
const CellParser = Parser.extend(
  (Base) =>
    class extends Base {
      checkLocalExport(): void {}
    },
);

function parseModule(code: string): Program {
  try {
    return CellParser.parse(code, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
  } catch (error) {
    if (error instanceof SyntaxError && error.message.startsWith("Not enough stack space")) {
      throw new RangeError(error.message, { cause: error });
    }
    throw error;
  }
}

/** Whether a statement is what TypeScript puts a top-level `using` and all behind it into. */
function isDisposal(statement: AnyNode): statement is TryStatement {
  if (statement.type !== "TryStatement") return false;
  const [first] = statement.finalizer?.body ?? [];
  const disposes = (node: AnyNode | null | undefined): boolean =>
    node?.type === "CallExpression" &&
    node.callee.type === "Identifier" &&
    node.callee.name === "__disposeResources";
  // `await using` has its result in a variable, to be awaited.
  return first?.type === "VariableDeclaration"
    ? disposes(firstDeclarator(first).init)
    : first?.type === "ExpressionStatement" && disposes(first.expression);
}

function declaredNames(statement: AnyNode): string[] {
  switch (statement.type) {
    case "ImportDeclaration":
      return statement.specifiers.map((specifier) => specifier.local.name);
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
      return statement.declaration ? declaredNames(statement.declaration) : [];
    case "FunctionDeclaration":
    case "ClassDeclaration": {
      const { id } = statement as { id: { name: string } | null };
      return id ? [id.name] : [];
    }
    case "VariableDeclaration":
      return statement.declarations.flatMap((declarator) => patternNames(declarator.id));
    default:
      return varNames(statement);
  }
}

/** `const a = 1, { b } = c;` becomes `(scope.a = 1, { b: scope.b } = c);`, the names being rewritten already. */
function assignVariables(
  text: MagicString,
  code: string,
  node: VariableDeclaration,
  topLevel: boolean,
): void {
  text.update(node.start, firstDeclarator(node).start, "(");
  for (const { id, init, end } of node.declarations) {
    if (!init && topLevel) text.appendLeft(end, " = undefined");
    if (init && id.type === "Identifier" && isAnonymous(init) && id.name !== "__proto__") {
      // A function is named after the variable it is assigned to, but not after a property.
      text.appendRight(init.start, `({ ${id.name}: `);
      text.appendLeft(init.end, ` }).${id.name}`);
    }
  }
  const end = code[node.end - 1] === ";" ? node.end - 1 : node.end;
  text.appendLeft(end, end === node.end ? ");" : ")");
}

/** Functions move to the beginning, since the cell may call them before their declaration. */
function assignDeclaration(text: MagicString, node: NamedDeclaration): void {
  const { id } = node;
  text.appendRight(node.start, id ? `${scope}.${id.name} = ` : "(");
  text.appendLeft(node.end, id ? ";" : ");");
  if (node.type === "FunctionDeclaration" && node.start > 0) text.move(node.start, node.end, 0);
}

function isAnonymous(node: AnyNode): boolean {
  if (node.type === "ArrowFunctionExpression") return true;
  return (node.type === "FunctionExpression" || node.type === "ClassExpression") && !node.id;
}

function importCall(node: ImportDeclaration, code: string): string {
  const source = node.source.raw ?? '""';
  const bindings = node.specifiers.map((specifier) => {
    const local = specifier.local.name;
    if (specifier.type === "ImportNamespaceSpecifier") return [local, "*"];
    if (specifier.type === "ImportDefaultSpecifier") return [local, "default"];
    const { imported } = specifier;
    return [local, imported.type === "Identifier" ? imported.name : String(imported.value)];
  });
  const attributes = node.attributes.map(({ start, end }) => code.slice(start, end)).join(", ");
  const options = attributes === "" ? "undefined" : `{ with: { ${attributes} } }`;
  return `await ${importModule}(${source}, ${options}, ${JSON.stringify(bindings)});`;
}

function firstDeclarator(node: VariableDeclaration): { start: number; init?: AnyNode | null } {
  return node.declarations[0] ?? node;
}

/** What a cell declares at its top level, read from TypeScript's own syntax tree. */
import ts from "typescript";
import type { Declaration } from "./declaration-lines.ts";

/** Every name that the statements of a cell declare at the top level, in order, each once. */
export function collectDeclarations(source: ts.SourceFile): Map<string, Declaration> {
  const result = new Map<string, Declaration>();
  const add = (name: string, fields: Partial<Declaration>): void => {
    const known = result.get(name);
    result.set(name, {
      name,
      mutable: (known?.mutable ?? false) || (fields.mutable ?? false),
      importText: fields.importText ?? known?.importText,
      exported: (known?.exported ?? false) || (fields.exported ?? false),
    });
  };
  for (const statement of source.statements) {
    const exported = isExported(statement);
    if (ts.isVariableStatement(statement)) {
      const mutable = (statement.declarationList.flags & ts.NodeFlags.Const) === 0;
      for (const { name } of statement.declarationList.declarations) {
        for (const identifier of boundNames(name)) add(identifier, { mutable, exported });
      }
    } else if (ts.isImportDeclaration(statement)) {
      for (const [name, importText] of importedNames(statement, source)) add(name, { importText });
    } else if (ts.isImportEqualsDeclaration(statement)) {
      add(statement.name.text, { importText: statement.getText(source) });
    } else if (isNamedDeclaration(statement)) {
      if (statement.name && ts.isIdentifier(statement.name)) add(statement.name.text, { exported });
    } else {
      for (const name of hoistedVariables(statement)) add(name, { mutable: true });
    }
  }
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) continue;
    if (!ts.isNamedExports(statement.exportClause)) continue;
    for (const element of statement.exportClause.elements) {
      const local = element.propertyName?.text ?? element.name.text;
      if (local === element.name.text && result.has(local)) add(local, { exported: true });
    }
  }
  return result;
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  const has = (kind: ts.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
  return has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
}

function isNamedDeclaration(
  node: ts.Statement,
): node is
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration
  | ts.ModuleDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    (ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.GlobalAugmentation) === 0)
  );
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundNames(element.name),
  );
}

/** Each name with an import statement of its own. */
function importedNames(statement: ts.ImportDeclaration, source: ts.SourceFile): [string, string][] {
  const clause = statement.importClause;
  if (!clause) return [];
  const attributes = statement.attributes ? ` ${statement.attributes.getText(source)}` : "";
  const from = `from ${statement.moduleSpecifier.getText(source)}${attributes};`;
  const keyword = clause.phaseModifier === ts.SyntaxKind.TypeKeyword ? "import type" : "import";
  const result: [string, string][] = [];
  if (clause.name) result.push([clause.name.text, `${keyword} ${clause.name.text} ${from}`]);
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) {
    result.push([bindings.name.text, `${keyword} * as ${bindings.name.text} ${from}`]);
  } else if (bindings) {
    for (const element of bindings.elements) {
      result.push([element.name.text, `${keyword} { ${element.getText(source)} } ${from}`]);
    }
  }
  return result;
}

/** Names of `var` declarations in blocks, loops and branches, which belong to the top level. */
function hoistedVariables(node: ts.Node): string[] {
  const names: string[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isVariableDeclarationList(child) && (child.flags & ts.NodeFlags.BlockScoped) === 0) {
      for (const declaration of child.declarations) names.push(...boundNames(declaration.name));
    }
    ts.forEachChild(child, visit);
  };
  visit(node);
  return names;
}

/** Finds where a module refers to names of its top level or of outside, minding every inner scope. */
import type { AnyNode, Identifier, Pattern, VariableDeclaration } from "acorn";

/** How an identifier is used, as far as rewriting it needs to know. */
export type ReferenceKind = "plain" | "callee" | "shorthand";

/** What the walk reports. */
export interface ReferenceVisitor {
  /** An identifier that no scope inside the module declares. */
  reference(node: Identifier, kind: ReferenceKind): void;
  /** A `var` that belongs to the top level though it stands in a block or loop. */
  hoistedVar(node: VariableDeclaration, inHeader: boolean): void;
  /** `import.meta`. */
  importMeta(node: AnyNode): void;
  /** The keyword of a dynamic `import()`. */
  dynamicImport(node: AnyNode): void;
}

interface Scope {
  names: Set<string>;
  parent: Scope | undefined;
}

/** Names that a binding pattern declares. */
export function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case "RestElement":
      return patternNames(pattern.argument);
    case "AssignmentPattern":
      return patternNames(pattern.left);
    default:
      return [];
  }
}

/** Names of the `var` declarations under a node, functions and classes left out. */
export function varNames(node: AnyNode): string[] {
  const names: string[] = [];
  const visit = (child: AnyNode): void => {
    if (isFunction(child) || child.type === "ClassDeclaration" || child.type === "ClassExpression") return;
    if (child.type === "VariableDeclaration" && child.kind === "var") {
      for (const declarator of child.declarations) names.push(...patternNames(declarator.id));
    }
    for (const inner of children(child)) visit(inner);
  };
  visit(node);
  return names;
}

/** Walks a top-level statement and reports what concerns the module's own scope. */
export function walkStatement(statement: AnyNode, visitor: ReferenceVisitor): void {
  let functionDepth = 0;

  const within = (names: Iterable<string>, scope: Scope | undefined): Scope => ({
    names: new Set(names),
    parent: scope,
  });
  const identifier = (node: Identifier, kind: ReferenceKind, scope: Scope | undefined): void => {
    for (let at = scope; at; at = at.parent) if (at.names.has(node.name)) return;
    visitor.reference(node, kind);
  };
  const visitAll = (nodes: Iterable<AnyNode>, scope: Scope | undefined): void => {
    for (const node of nodes) visit(node, scope);
  };
  const visitFunction = (
    node: AnyNode & { params: Pattern[]; body: AnyNode },
    scope: Scope | undefined,
  ): void => {
    const own = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
    const names = [...own, ...node.params.flatMap(patternNames), ...varNames(node.body)];
    const inner = within(node.type === "ArrowFunctionExpression" ? names : ["arguments", ...names], scope);
    functionDepth += 1;
    visitAll(node.params, inner);
    visit(node.body, inner);
    functionDepth -= 1;
  };
  const visitVar = (node: VariableDeclaration, scope: Scope | undefined, inHeader: boolean): void => {
    if (node.kind === "var" && functionDepth === 0 && node !== statement) visitor.hoistedVar(node, inHeader);
    visitAll(node.declarations, scope);
  };

  const visit = (node: AnyNode, scope: Scope | undefined): void => {
    switch (node.type) {
      case "Identifier": {
        identifier(node, "plain", scope);
        return;
      }
      case "MemberExpression":
        visit(node.object, scope);
        if (node.computed) visit(node.property, scope);
        return;
      case "CallExpression":
        if (node.callee.type === "Identifier") identifier(node.callee, "callee", scope);
        else visit(node.callee, scope);
        {
          visitAll(node.arguments, scope);
          return;
        }
      case "TaggedTemplateExpression":
        if (node.tag.type === "Identifier") identifier(node.tag, "callee", scope);
        else visit(node.tag, scope);
        {
          visit(node.quasi, scope);
          return;
        }
      case "Property": {
        if (node.computed) visit(node.key, scope);
        if (!node.shorthand) {
          visit(node.value, scope);
          return;
        }
        const { value } = node as { value: AnyNode };
        const name = value.type === "AssignmentPattern" ? value.left : value;
        if (name.type === "Identifier") identifier(name, "shorthand", scope);
        if (value.type === "AssignmentPattern") visit(value.right, scope);
        return;
      }
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) visit(node.key, scope);
        if (node.value) {
          functionDepth += 1;
          visit(node.value, scope);
          functionDepth -= 1;
        }
        return;
      case "LabeledStatement": {
        visit(node.body, scope);
        return;
      }
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        visitFunction(node, scope);
        return;
      }
      case "ClassDeclaration":
      case "ClassExpression": {
        const inner = within(node.id ? [node.id.name] : [], scope);
        if (node.superClass) visit(node.superClass, inner);
        visit(node.body, inner);
        return;
      }
      case "BlockStatement": {
        visitAll(node.body, within(lexicalNames(node.body), scope));
        return;
      }
      case "StaticBlock": {
        functionDepth += 1;
        visitAll(node.body, within([...lexicalNames(node.body), ...node.body.flatMap(varNames)], scope));
        functionDepth -= 1;
        return;
      }
      case "SwitchStatement": {
        visit(node.discriminant, scope);
        const inner = within(lexicalNames(node.cases.flatMap((one) => one.consequent)), scope);
        visitAll(node.cases, inner);
        return;
      }
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement": {
        const head = node.type === "ForStatement" ? node.init : node.left;
        const inner = within(head?.type === "VariableDeclaration" ? lexicalNames([head]) : [], scope);
        for (const child of children(node)) {
          if (child === head && child.type === "VariableDeclaration") visitVar(child, inner, true);
          else visit(child, inner);
        }
        return;
      }
      case "CatchClause": {
        const inner = within(node.param ? patternNames(node.param) : [], scope);
        if (node.param) visit(node.param, inner);
        visit(node.body, inner);
        return;
      }
      case "VariableDeclaration": {
        visitVar(node, scope, false);
        return;
      }
      case "MetaProperty":
        if (node.meta.name === "import") visitor.importMeta(node);
        return;
      case "ImportExpression":
        visitor.dynamicImport(node);
        {
          visitAll(children(node), scope);
          return;
        }
      default: {
        visitAll(children(node), scope);
        return;
      }
    }
  };
  visit(statement, undefined);
}

/** Names that `let`, `const`, `class` and functions declare in a list of statements. */
function lexicalNames(statements: readonly AnyNode[]): string[] {
  return statements.flatMap((node) => {
    if (node.type === "VariableDeclaration" && node.kind !== "var") {
      return node.declarations.flatMap((declarator) => patternNames(declarator.id));
    }
    if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
      return [node.id?.name ?? ""];
    }
    return [];
  });
}

function isFunction(node: AnyNode): boolean {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** The nodes directly under a node, in the order of the source. */
function children(node: AnyNode): AnyNode[] {
  return Object.values(node as unknown as Record<string, unknown>)
    .flatMap((value: unknown) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isNode)
    .sort((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

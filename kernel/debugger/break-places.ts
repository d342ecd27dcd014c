/** Where a script can stop: the beginnings of statements, bodies of arrow functions, calls, and ends of functions. */
import { parse } from "acorn";
import type { AnyNode } from "acorn";
import { cellParameters } from "../language/cell-transform.ts";

/** A place in a script, as the inspector has it; both numbers count from 0. */
export interface ScriptPlace {
  lineNumber: number;
  columnNumber: number;
}

/** Every place of a cell's script at which a breakpoint makes sense. */
export function breakPlaces(js: string): ScriptPlace[] {
  const { body } = parse(js, { ecmaVersion: "latest", sourceType: "script" });
  const offsets: number[] = [];
  const [statement] = body;
  // The script is one function expression, and what stands outside it is not the cell's.
  const cell = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
  if (cell?.type !== "FunctionExpression") return [];
  const lines = lineStarts(js);
  for (const child of cell.body.body) visit(child, offsets);
  return offsets.map((offset) => toPlace(offset, lines));
}

function visit(node: AnyNode, offsets: number[]): void {
  if (isStatement(node)) offsets.push(node.start);
  if (node.type === "ArrowFunctionExpression" && node.expression) offsets.push(node.body.start);
  if (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
    offsets.push(node.callee.property.start);
  }
  const isFunction = "body" in node && "params" in node;
  if (isFunction && (node.body as AnyNode).type === "BlockStatement") {
    offsets.push((node.body as AnyNode).end - 1);
  }
  for (const child of children(node)) visit(child, offsets);
}

function isStatement(node: AnyNode): boolean {
  if (node.type === "ExpressionStatement" && (node.directive !== undefined || isHoisted(node.expression))) {
    return false;
  }
  if (/^(?:Function|Class)Declaration$|^(?:Block|Empty)Statement$/.test(node.type)) return false;
  return /Statement$|^VariableDeclaration$/.test(node.type);
}

/** Imports and functions, which run before the cell's first statement wherever they stand. */
function isHoisted(node: AnyNode): boolean {
  if (node.type === "AwaitExpression" && node.argument.type === "CallExpression") {
    const { callee } = node.argument;
    return callee.type === "Identifier" && callee.name === cellParameters.importModule;
  }
  if (node.type !== "AssignmentExpression" || node.right.type !== "FunctionExpression") return false;
  const { left } = node;
  if (left.type !== "MemberExpression" || left.property.type !== "Identifier") return false;
  return left.property.name === node.right.id?.name;
}

function children(node: AnyNode): AnyNode[] {
  return Object.values(node as unknown as Record<string, unknown>)
    .flatMap((value: unknown) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(
      (value): value is AnyNode =>
        typeof value === "object" && value !== null && "type" in value && "start" in value,
    );
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const { index } of text.matchAll(/\n/g)) starts.push(index + 1);
  return starts;
}

function toPlace(offset: number, starts: readonly number[]): ScriptPlace {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { lineNumber: low, columnNumber: offset - starts[low]! };
}

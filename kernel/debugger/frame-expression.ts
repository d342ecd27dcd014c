/** Expressions in which names of the notebook stand for properties of the scope that all cells share. */
import { parse } from "acorn";
import type { Program } from "acorn";
import MagicString from "magic-string";
import { KernelError } from "../errors.ts";
import { debugTargetName } from "../executor/messages.ts";
import { patternNames, varNames, walkStatement } from "../language/references.ts";

/** An expression that gives the executor's debug target. */
export const debugTarget = `globalThis[Symbol.for(${JSON.stringify(debugTargetName)})]`;

/**
 * The code to evaluate in a frame for what a person typed.
 *
 * @param names the notebook's variables, without those that something in the frame hides.
 * @throws KernelError E_DEBUG when it is no JavaScript.
 */
export function frameExpression(code: string, names: ReadonlySet<string>): string {
  // An object in braces is an object here and not a block.
  const inParentheses = `(${code}\n)`;
  const asExpression = tryParse(inParentheses);
  const text = asExpression ? inParentheses : code;
  const program = asExpression ?? parseOrThrow(code);
  const own = new Set(program.body.flatMap(declaredNames));
  const result = new MagicString(text);
  for (const statement of program.body) {
    walkStatement(statement, {
      reference(node, kind) {
        if (own.has(node.name) || !names.has(node.name)) return;
        const target = `${debugTarget}.scope.${node.name}`;
        const forms = { plain: target, callee: `(0, ${target})`, shorthand: `${node.name}: ${target}` };
        result.update(node.start, node.end, forms[kind]);
      },
      hoistedVar: () => undefined,
      importMeta: () => undefined,
      dynamicImport: () => undefined,
    });
  }
  return result.toString();
}

function parseOrThrow(code: string): Program {
  try {
    return parse(code, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KernelError(
      "E_DEBUG",
      `Cannot evaluate ${JSON.stringify(code)}: ${why}. Give JavaScript, without types.`,
    );
  }
}

function tryParse(code: string): Program | undefined {
  try {
    const program = parse(code, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
    return program.body.length === 1 ? program : undefined;
  } catch {
    return undefined;
  }
}

function declaredNames(statement: Program["body"][number]): string[] {
  if (statement.type === "VariableDeclaration") {
    return statement.declarations.flatMap((declarator) => patternNames(declarator.id));
  }
  if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration")
    return [statement.id.name];
  return varNames(statement);
}

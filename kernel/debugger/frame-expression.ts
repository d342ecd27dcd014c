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
 * @param stripTypes gives the JavaScript of TypeScript; it is called only for what may be no JavaScript.
 * @throws KernelError E_DEBUG when the syntax is wrong.
 */
export async function frameExpression(
  code: string,
  names: ReadonlySet<string>,
  stripTypes: (code: string) => Promise<string | undefined>,
): Promise<string> {
  // An object in braces is an object here and not a block.
  const plain = mayHaveTypeArguments.test(code) ? undefined : (tryParse(`(${code}\n)`) ?? tryParse(code));
  const parsed = plain ?? tryParse(await stripTypes(code));
  if (parsed) return nameScope(parsed, names);
  const message = `Cannot evaluate ${JSON.stringify(code)}: it is neither an expression nor statements. Correct its syntax.`;
  throw new KernelError("E_DEBUG", message);
}

/** `f<string>(a)` is JavaScript too, but two comparisons there. */
const mayHaveTypeArguments = />\s*\(/;

interface Parsed {
  text: string;
  program: Program;
}

function nameScope({ text, program }: Parsed, names: ReadonlySet<string>): string {
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

function tryParse(text: string | undefined): Parsed | undefined {
  if (text === undefined) return undefined;
  try {
    return { text, program: parse(text, { ecmaVersion: "latest", allowAwaitOutsideFunction: true }) };
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

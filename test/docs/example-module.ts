/** Examples as one module: each a function that imports what it names, and compares what its comments say. */
import path from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../support/paths.ts";
import type { PublicApi } from "./public-api.ts";

const contextNames = new Set(["model", "tokenizer", "peft", "rows", "pairs", "config"]);

/** The names that a piece of code uses and does not declare itself. */
function freeNames(code: string): Set<string> {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isDeclared =
        (ts.isVariableDeclaration(parent) ||
          ts.isBindingElement(parent) ||
          ts.isParameter(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isClassDeclaration(parent) ||
          ts.isImportSpecifier(parent)) &&
        parent.name === node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node) ||
        (ts.isMethodDeclaration(parent) && parent.name === node) ||
        (ts.isBindingElement(parent) && parent.propertyName === node);
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const name of declared) used.delete(name);
  return used;
}

/** "…" in an expected value stands for what is left out: of a list or an object the rest, of a number its further digits. */
function expectedValue(text: string): string {
  return text
    .replace(/(\d)…/g, "$1")
    .replace(/,?\s*…\s*([\]}])/g, (_, end: string) => (end === "]" ? ", rest]" : ", ...rest}"))
    .replace(/([[{]), /g, "$1");
}

/** Puts a comparison in the place of each expression whose comment, behind it or below it, begins with an arrow. */
function withComparisons(code: string): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  let compared = code;
  for (const statement of [...source.statements].reverse()) {
    if (!ts.isExpressionStatement(statement)) continue;
    const comment = /^[ \t]*\n?[ \t]*\/\/ → ([^\n]*)/.exec(code.slice(statement.end));
    if (!comment) continue;
    const [all, expected = ""] = comment;
    compared =
      compared.slice(0, statement.getStart()) +
      `await compare(${statement.expression.getText()}, (rest) => (${expectedValue(expected)}));` +
      compared.slice(statement.end + all.length);
  }
  return compared;
}

/** Writes the module of all examples; it prints a line for each that fails. */
export function exampleModule({ examples, modules, exports, program }: PublicApi): string {
  const checker = program.getTypeChecker();
  const publicNames = new Map(exports.map(({ name, file, module }) => [`${file} ${name}`, module]));
  const imports = new Map<string, string>([["tf", "@tensorflow/tfjs-core"]]);
  const blocks = examples.map(({ name, declaration, code }, index) => {
    const own = program.getSourceFile(declaration)!;
    const file = path.relative(path.join(repositoryRoot, "dist"), declaration).replace(/\.d\.ts$/, ".ts");
    const ownNames = new Set(
      checker.getExportsOfModule(checker.getSymbolAtLocation(own)!).map((symbol) => symbol.name),
    );
    const compared = withComparisons(code).replace(
      /^import (\{.*\}) from ("[^"]+");$/gm,
      (_, names: string, from: string) => `const ${names} = await import(${from});`,
    );
    const lines: string[] = [];
    for (const used of freeNames(compared)) {
      if (contextNames.has(used)) {
        lines.push(`const ${used} = await context.${used}();`);
        continue;
      }
      // A name of the example's own file goes before the same name of another part.
      const module = ownNames.has(used)
        ? (publicNames.get(`${file} ${used}`) ?? `${repositoryRoot}/dist/${file.replace(/\.ts$/, ".js")}`)
        : modules.get(used);
      if (module === undefined) continue;
      if (!imports.has(used)) imports.set(used, module);
      else if (imports.get(used) !== module) lines.push(`const { ${used} } = await import("${module}");`);
    }
    const title = `${file} ${name}`;
    return `await run(${JSON.stringify(title)}, async () => {\n// example ${index}: ${title}\n${lines.join("\n")}\n${compared}\n});`;
  });
  const importLines = [...imports].map(([name, module]) =>
    name === "tf" ? `import * as tf from "${module}";` : `import { ${name} } from "${module}";`,
  );
  return `${importLines.join("\n")}
import { context } from "${repositoryRoot}/dist/test/docs/example-context.js";
import { compare, run } from "${repositoryRoot}/dist/test/docs/run-example.js";
${blocks.join("\n")}
process.exit(0);
`;
}

/** A module of the notebook's author, from TypeScript to JavaScript with its source map inside. */
import { transformSync } from "oxc-transform";

/**
 * The JavaScript of a TypeScript module.
 *
 * @throws SyntaxError that names the file and the place, when it is no TypeScript.
 */
export async function transpileModule(code: string, file: string): Promise<string> {
  const { js, map } = needsLowering(code) ? await lower(code, file) : transform(code, file);
  const encoded = Buffer.from(map).toString("base64");
  return `${js}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

/** Decorators, `accessor` and `using` are newer than Node 20; Oxc leaves the first as they are. */
function needsLowering(code: string): boolean {
  return /^\s*@[\p{ID_Start}$_(]|\busing\s|\baccessor\s/mu.test(code);
}

function transform(code: string, file: string): { js: string; map: string } {
  const {
    code: js,
    map,
    errors,
  } = transformSync(file, code, {
    sourceType: "module",
    sourcemap: true,
    target: "es2022",
    jsx: { runtime: "classic", development: false },
  });
  const [error] = errors;
  if (error) throw new SyntaxError(`${file}: ${error.message}\n${error.codeframe ?? ""}`.trimEnd());
  return { js, map: JSON.stringify(map) };
}

async function lower(code: string, file: string): Promise<{ js: string; map: string }> {
  const { default: ts } = await import("typescript");
  const { outputText, sourceMapText } = ts.transpileModule(code, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.React,
      sourceMap: true,
    },
  });
  return { js: outputText.replace(/^\/\/# sourceMappingURL=.*$/m, ""), map: sourceMapText ?? "" };
}

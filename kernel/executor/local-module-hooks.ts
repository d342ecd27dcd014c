/**
 * Node's module hooks for the notebook's own modules: TypeScript is transpiled, and a module whose file has changed, or
 * one that it imports, is loaded anew. They run in Node's hooks thread.
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transpileModule } from "../language/transpile-module.ts";
import { entryQuery, isLocalModule } from "./local-modules.ts";

interface LocalModule {
  modified: number;
  /** Which reading of the file is the present one; Node knows each as a module of its own. */
  version: number;
  importedBy: Set<string>;
}

const modules = new Map<string, LocalModule>();
let version = 0;

/** Endings that a specifier may leave out, or that its `.js` may stand for. */
const endings = [".ts", ".tsx", ".mts", ".js", ".mjs", "/index.ts", "/index.js"];

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const isEntry = specifier.endsWith(entryQuery);
  if (isEntry) await refresh();
  const wanted = isEntry ? specifier.slice(0, -entryQuery.length) : specifier;
  const found = await nextResolve(withEnding(wanted, context.parentURL), context);
  if (!isLocalModule(found.url)) return found;
  const file = fileURLToPath(found.url);
  const module = modules.get(file) ?? { modified: await modifiedAt(file), version, importedBy: new Set() };
  modules.set(file, module);
  const parent = context.parentURL;
  if (!isEntry && parent !== undefined && isLocalModule(parent)) module.importedBy.add(fileURLToPath(parent));
  const url = new URL(found.url);
  url.search = module.version === 0 ? "" : `?version=${module.version}`;
  return { ...found, url: url.href };
};

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!isLocalModule(url)) return nextLoad(url, context);
  const file = fileURLToPath(url);
  if (/\.[mc]?tsx?$/.test(file)) {
    const source = await transpileModule(await readFile(file, "utf8"), file);
    return { format: "module", shortCircuit: true, source };
  }
  if (file.endsWith(".json") && context.importAttributes["type"] === undefined) {
    // TypeScript takes JSON without the attribute that Node asks for.
    const json: unknown = JSON.parse(await readFile(file, "utf8"));
    return { format: "module", shortCircuit: true, source: `export default ${JSON.stringify(json)};` };
  }
  return nextLoad(url, context);
};

/** Gives a new version to every module that was changed, and to all that import it, near or far. */
async function refresh(): Promise<void> {
  const stale: string[] = [];
  for (const [file, module] of modules) {
    const now = await modifiedAt(file);
    if (now !== module.modified) stale.push(file);
    module.modified = now;
  }
  if (stale.length === 0) return;
  version += 1;
  for (let file = stale.pop(); file !== undefined; file = stale.pop()) {
    const module = modules.get(file);
    if (!module || module.version === version) continue;
    module.version = version;
    stale.push(...module.importedBy);
  }
}

async function modifiedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
}

/** The specifier of a file that is there, where one without its ending was given. */
function withEnding(specifier: string, parentURL: string | undefined): string {
  if (!/^(?:\.|\/|file:)/.test(specifier)) return specifier;
  const file = fileURLToPath(new URL(specifier, parentURL));
  if (existsSync(file) && path.extname(file) !== "") return specifier;
  const stem = file.replace(/\.[mc]?jsx?$/, "");
  const ending = endings.find((one) => existsSync(stem + one));
  return ending === undefined ? specifier : pathToFileURL(stem + ending).href;
}

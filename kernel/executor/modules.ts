/** How a cell's imports are found: `residency` in this package, all else from the notebook's folder. */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CellScope } from "./cell-scope.ts";
import { bindImport } from "./cell-scope.ts";
import { entryQuery, isLocalModule, startLocalModules } from "./local-modules.ts";

/** Imports a module and puts `[local name, exported name]` pairs on the scope. */
export type ImportModule = (
  specifier: unknown,
  options?: ImportCallOptions,
  bindings?: [string, string][],
) => Promise<unknown>;

/** What a cell gets to find modules with. */
export interface CellModules {
  importModule: ImportModule;
  require: NodeJS.Require;
  /** The cell's `import.meta`. */
  meta: { url: string; dirname: string; filename: string; resolve: (specifier: string) => string };
}

/** Module resolution for a notebook in `folder`; imported names become live getters on `scope`. */
export function createCellModules(folder: string, scope: CellScope): CellModules {
  const filename = path.join(folder, "cell.js");
  const url = pathToFileURL(filename).href;

  /** A cell may have changed the folder; packages that are not there are still the notebook's. */
  const here = (): string => pathToFileURL(path.join(process.cwd(), "cell.js")).href;
  const resolve = (specifier: string): string => {
    if (specifier === "residency" || specifier.startsWith("residency/"))
      return import.meta.resolve(specifier);
    try {
      return resolveFirst(specifier, here() === url ? [url] : [here(), url]);
    } catch (error) {
      if (specifier === "tslab") return import.meta.resolve("../compat/tslab.js");
      throw error;
    }
  };
  /** What to import: the notebook's own modules are looked at by our hooks, which may find them changed. */
  const locate = (specifier: string): string => {
    const isFile = /^(?:\.{0,2}\/|file:)/.test(specifier);
    const target = isFile ? new URL(specifier, here()).href : resolve(specifier);
    if (!isFile || !isLocalModule(target)) return target;
    startLocalModules();
    return `${target}${entryQuery}`;
  };
  const importModule: ImportModule = async (specifier, options, bindings = []) => {
    const namespace = (await import(locate(String(specifier)), options)) as Record<string, unknown>;
    for (const [local, exported] of bindings) bindImport(scope, local, namespace, exported);
    return namespace;
  };
  const meta = { url, dirname: folder, filename, resolve };
  return { importModule, require: createCellRequire(url, resolve), meta };
}

/** Node's `require` from the notebook's folder, which finds this package and what stands in for tslab there, too. */
function createCellRequire(url: string, resolve: (specifier: string) => string): NodeJS.Require {
  const require = createRequire(url);
  const isOurs = (id: string): boolean => /^(?:residency(?:\/|$)|tslab$)/.test(id);
  const requireAny = (id: string): unknown =>
    require(isOurs(id) ? fileURLToPath(resolve(id)) : id) as unknown;
  return Object.assign(requireAny, require);
}

/** What is found from the first of the parents that finds anything; the error is that of the first. */
function resolveFirst(specifier: string, [parent = "", ...others]: readonly string[]): string {
  try {
    return resolveFrom(specifier, parent);
  } catch (error) {
    for (const other of others) {
      try {
        return resolveFrom(specifier, other);
      } catch {
        // The next one may know it.
      }
    }
    throw error;
  }
}

/** Node's own resolution with another parent; needs --experimental-import-meta-resolve. */
function resolveFrom(specifier: string, parent: string): string {
  return import.meta.resolve(specifier, parent);
}

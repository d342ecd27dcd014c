/** How a cell's imports are found: `residency` in this package, all else from the notebook's folder. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
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

  const resolve = (specifier: string): string => {
    if (specifier === "residency" || specifier.startsWith("residency/"))
      return import.meta.resolve(specifier);
    try {
      return resolveFrom(specifier, url);
    } catch (error) {
      if (specifier === "tslab") return import.meta.resolve("../compat/tslab.js");
      throw error;
    }
  };
  /** What to import: the notebook's own modules are looked at by our hooks, which may find them changed. */
  const locate = (specifier: string): string => {
    const isFile = /^(?:\.{0,2}\/|file:)/.test(specifier);
    const target = isFile ? new URL(specifier, url).href : resolve(specifier);
    if (!isFile || !isLocalModule(target)) return target;
    startLocalModules();
    return `${target}${entryQuery}`;
  };
  const importModule: ImportModule = async (specifier, options, bindings = []) => {
    const namespace = (await import(locate(String(specifier)), options)) as Record<string, unknown>;
    for (const [local, exported] of bindings) bindImport(scope, local, namespace, exported);
    return namespace;
  };
  return { importModule, require: createRequire(url), meta: { url, dirname: folder, filename, resolve } };
}

/** Node's own resolution with another parent; needs --experimental-import-meta-resolve. */
function resolveFrom(specifier: string, parent: string): string {
  return import.meta.resolve(specifier, parent);
}

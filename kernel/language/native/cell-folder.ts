/** The temporary folder in which the compiler finds the cells of a notebook, its packages and its local modules. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../processes/index.ts";
import { defaultCellOptions, fixedCellOptions } from "../cell-options.ts";

/** The module that exports what the cells so far declare. */
export const scopeFile = "scope.ts";

/** The drafts of a cell, without and with JSX: every check is about one of them. */
export const draftFiles = { ts: "cell.ts", tsx: "cell.tsx" } as const;

/** Where a plain name may stand, the names of the draft's module are asked for here: between the braces of an export. */
export const exportPlace = "export { };";

/** A folder of cells. */
export interface CellFolder {
  /** Where the compiler runs. */
  readonly path: string;
  readonly tsconfig: string;
  /** The full path of a file that is to be written now. */
  pathOf(name: string): string;
  /** Compiler options beyond the usual ones. */
  setOptions(options: object): void;
  /** Lets the cells from now on import from another folder; those so far find what they found. */
  moveTo(notebookFolder: string): void;
  /** Whether a file is one of ours, or of this package. */
  owns(file: string): boolean;
  remove(): void;
}

const prefix = "residency-cells-";
const packageRoot = fileURLToPath(new URL("../../../../", import.meta.url));
const globalsTypes = fileURLToPath(new URL("../../executor/globals.d.ts", import.meta.url));
const tslabTypes = fileURLToPath(new URL("../../compat/tslab.js", import.meta.url));

/**
 * Makes the folder for a notebook in `notebookFolder`.
 *
 * It is a temporary one, since the notebook's own may be read-only and is not ours to fill. Relative imports are found
 * by `rootDirs`. Packages are found by links to `node_modules` of the notebook's folder and of each folder above it, in
 * folders nested alike; a link that leads nowhere is right as soon as something is installed there.
 */
export function createCellFolder(notebookFolder: string): CellFolder {
  const base = realpathSync(mkdtempSync(path.join(os.tmpdir(), `${prefix}${process.pid}-`)));
  addPackage(base, "tslab", `export * from ${JSON.stringify(tslabTypes)};\n`);
  const first = nestFolders(base, notebookFolder);
  const tsconfig = path.join(first, "tsconfig.json");
  const defaults = path.join(first, "defaults.json");
  const nodeTypes = path.dirname(createRequire(import.meta.url).resolve("@types/node/package.json"));
  let cells = first;
  let rootDirs = [first, notebookFolder];
  let options: object = {};

  const pathOf = (name: string): string => path.join(name === scopeFile ? first : cells, name);
  const writeConfig = (): void => {
    const own = path.join(notebookFolder, "tsconfig.json");
    const config = {
      extends: existsSync(own) ? [defaults, own] : [defaults],
      compilerOptions: {
        ...options,
        ...fixedCellOptions,
        rootDirs,
        typeRoots: [path.dirname(nodeTypes)],
      },
      files: [globalsTypes, ...Object.values(draftFiles).map(pathOf)],
      include: [],
    };
    writeFileSync(tsconfig, JSON.stringify(config));
  };
  writeFileSync(defaults, JSON.stringify({ compilerOptions: defaultCellOptions, files: [] }));
  writeConfig();

  return {
    path: first,
    tsconfig,
    pathOf,
    setOptions(more) {
      options = more;
      writeConfig();
    },
    moveTo(folder) {
      // Inside the present place, so that its packages are still found where the new folder has none of the name.
      cells = nestFolders(cells, folder);
      rootDirs = [cells, folder, ...rootDirs];
      writeConfig();
    },
    owns: (file) => file.startsWith(base) || file.startsWith(packageRoot),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Makes a folder in `place` from which packages are found as from `notebookFolder`, the kernel's own copy first. */
function nestFolders(place: string, notebookFolder: string): string {
  const cells = ancestors(notebookFolder).reduce((outer, ancestor) => {
    const inner = path.join(outer, "in");
    mkdirSync(inner);
    link(path.join(ancestor, "node_modules"), path.join(inner, "node_modules"));
    return inner;
  }, place);
  const innermost = path.join(cells, "in");
  mkdirSync(path.join(innermost, "node_modules"), { recursive: true });
  link(packageRoot, path.join(innermost, "node_modules", "residency"));
  return innermost;
}

/** Removes the folders of kernels that were killed before they could. */
export async function removeOrphanedFolders(): Promise<void> {
  for (const name of await readdir(os.tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    // Those of other users stay.
    await rm(path.join(os.tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The folder and all above it, outermost first. */
function ancestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [...ancestors(parent), folder];
}

function link(target: string, place: string): void {
  symlinkSync(target, place, process.platform === "win32" ? "junction" : "dir");
}

function addPackage(folder: string, name: string, types: string): void {
  const place = path.join(folder, "node_modules", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(
    path.join(place, "package.json"),
    JSON.stringify({ name, version: "0.0.0", types: "index.d.ts" }),
  );
  writeFileSync(path.join(place, "index.d.ts"), types);
}

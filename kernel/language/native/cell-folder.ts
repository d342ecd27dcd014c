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
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defaultCellOptions, fixedCellOptions } from "../cell-options.ts";

/** The drafts of a cell, without and with JSX: every check is about one of them. */
export const draftFiles = { ts: "cell.ts", tsx: "cell.tsx" } as const;

/** A folder of cells. */
export interface CellFolder {
  /** Where the cells' files are. */
  readonly path: string;
  readonly tsconfig: string;
  /** Writes tsconfig.json with compiler options beyond the usual ones. */
  writeOptions(options: object): void;
  /** Whether a file is one of ours, or of this package. */
  owns(file: string): boolean;
  remove(): void;
}

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
  const base = realpathSync(mkdtempSync(path.join(os.tmpdir(), "residency-cells-")));
  let place = base;
  addPackage(place, "tslab", `export * from ${JSON.stringify(tslabTypes)};\n`);
  for (const ancestor of ancestors(notebookFolder)) {
    place = path.join(place, "in");
    mkdirSync(place);
    link(path.join(ancestor, "node_modules"), path.join(place, "node_modules"));
  }
  // The kernel's own copy comes before any that the notebook's folder has.
  const cells = path.join(place, "in");
  mkdirSync(path.join(cells, "node_modules"), { recursive: true });
  link(packageRoot, path.join(cells, "node_modules", "residency"));

  const tsconfig = path.join(cells, "tsconfig.json");
  const nodeTypes = path.dirname(createRequire(import.meta.url).resolve("@types/node/package.json"));
  const defaults = path.join(cells, "defaults.json");
  writeFileSync(defaults, JSON.stringify({ compilerOptions: defaultCellOptions, files: [] }));
  const own = path.join(notebookFolder, "tsconfig.json");
  const folder: CellFolder = {
    path: cells,
    tsconfig,
    writeOptions(options) {
      const config = {
        extends: existsSync(own) ? [defaults, own] : [defaults],
        compilerOptions: {
          ...options,
          ...fixedCellOptions,
          rootDirs: [cells, notebookFolder],
          typeRoots: [path.dirname(nodeTypes)],
        },
        files: [globalsTypes, ...Object.values(draftFiles)],
        include: [],
      };
      writeFileSync(tsconfig, JSON.stringify(config));
    },
    owns: (file) => file.startsWith(base) || file.startsWith(packageRoot),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
  folder.writeOptions({});
  return folder;
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

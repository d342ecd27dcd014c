/** What the TypeScript language service sees: cells as virtual modules in the notebook's folder, all else from the disk. */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { defaultCellOptions, fixedCellOptions } from "./cell-options.ts";

/** The cells that the language service knows, and where modules come from. */
export interface CellHost extends ts.LanguageServiceHost {
  /** Adds or replaces the text of a virtual file. */
  setFile(fileName: string, text: string): void;
  /** Looks up the imports of files that are set from now on in another folder first. */
  setImportFolder(folder: string): void;
  removeFile(fileName: string): void;
  /** Files that are part of the program in any case. */
  setRoots(fileNames: readonly string[]): void;
  /** Compiler options beyond the usual ones, as tsconfig.json spells them. */
  setOptions(options: object): void;
}

const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));
const compatTslab = fileURLToPath(new URL("../compat/tslab.d.ts", import.meta.url));
const require = createRequire(import.meta.url);

/** A host for cells of a notebook in `folder`. */
export function createCellHost(folder: string): CellHost {
  const nodeTypes = path.dirname(require.resolve("@types/node/package.json"));
  const readOptions = (more: object): ts.CompilerOptions => {
    const own = path.join(folder, "tsconfig.json");
    const config = {
      ...(ts.sys.fileExists(own) ? { extends: own } : {}),
      compilerOptions: { ...more, ...fixedCellOptions },
      files: [],
    };
    const { options: read } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    const { options: defaults } = ts.convertCompilerOptionsFromJson(defaultCellOptions, folder);
    return { ...defaults, ...read, typeRoots: [path.dirname(nodeTypes)] };
  };
  let options = readOptions({});
  const files = new Map<string, { snapshot: ts.IScriptSnapshot; version: number; from: string }>();
  let importFolder = folder;
  let roots: readonly string[] = [];
  let version = 0;

  const resolve = (specifier: string, from: string): ts.ResolvedModuleFull | undefined =>
    ts.resolveModuleName(specifier, from, options, host).resolvedModule;
  const resolveSpecifier = (specifier: string, from: string): ts.ResolvedModuleFull | undefined => {
    const sibling = path.join(path.dirname(from), specifier);
    if (specifier.startsWith("./") && files.has(sibling)) {
      return { resolvedFileName: sibling, extension: ts.Extension.Ts };
    }
    if (specifier === "residency" || specifier.startsWith("residency/")) {
      return resolve(specifier, path.join(packageRoot, "cell.ts"));
    }
    const cell = files.get(from);
    const isElsewhere = cell !== undefined && cell.from !== folder;
    const isRelative = /^\.{0,2}\//.test(specifier);
    const found =
      (isElsewhere ? resolve(specifier, path.join(cell.from, "cell.ts")) : undefined) ??
      (isElsewhere && isRelative ? undefined : resolve(specifier, from));
    if (found || specifier !== "tslab") return found;
    return { resolvedFileName: compatTslab, extension: ts.Extension.Dts };
  };

  const host: CellHost = {
    setFile(fileName, text) {
      files.set(fileName, {
        snapshot: ts.ScriptSnapshot.fromString(text),
        version: ++version,
        from: importFolder,
      });
    },
    setImportFolder: (current) => void (importFolder = current),
    removeFile: (fileName) => void files.delete(fileName),
    setRoots: (fileNames) => void (roots = fileNames),
    setOptions: (more) => void (options = readOptions(more)),
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...roots],
    getScriptVersion(fileName) {
      const file = files.get(fileName);
      if (file) return String(file.version);
      if (fileName.includes("/node_modules/")) return "0";
      return String(ts.sys.getModifiedTime?.(fileName)?.getTime() ?? 0);
    },
    getScriptSnapshot(fileName) {
      const file = files.get(fileName);
      if (file) return file.snapshot;
      const text = ts.sys.readFile(fileName);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (fileName) => files.has(fileName) || ts.sys.fileExists(fileName),
    readFile(fileName) {
      const file = files.get(fileName);
      return file ? file.snapshot.getText(0, file.snapshot.getLength()) : ts.sys.readFile(fileName);
    },
    directoryExists: (name) => ts.sys.directoryExists(name),
    getDirectories: (name) => ts.sys.getDirectories(name),
    realpath: (name) => ts.sys.realpath?.(name) ?? name,
    resolveModuleNameLiterals: (literals, from) =>
      literals.map((literal) => ({ resolvedModule: resolveSpecifier(literal.text, from) })),
  };
  return host;
}

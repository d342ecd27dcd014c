/** Imports point one way: the folder names are the architecture, and this is the table that holds them to it. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { builtinModules } from "node:module";
import ts from "typescript";
import { repositoryRoot } from "../support/paths.ts";

/** What each part may import besides itself and packages; a part is a folder, or a folder of `lib`. */
const allowed: Record<string, readonly string[]> = {
  "lib/errors": [],
  "lib/random": ["lib/errors"],
  "lib/labels": [],
  "lib/files": ["lib/errors"],
  "lib/formats": ["lib/errors"],
  "lib/memory": ["lib/errors"],
  "lib/viz": ["lib/errors"],
  "lib/hub": ["lib/errors", "lib/files", "lib/formats"],
  "lib/tensor": ["lib/errors", "lib/random", "lib/backends"],
  "lib/backends": ["lib/errors"],
  "lib/quant": ["lib/errors", "lib/backends", "lib/formats"],
  "lib/ops": ["lib/errors", "lib/labels", "lib/tensor", "lib/backends", "lib/quant"],
  "lib/nn": ["lib/errors", "lib/ops", "lib/tensor", "lib/quant"],
  "lib/generate": ["lib/errors", "lib/random", "lib/tensor", "lib/nn"],
  "lib/models": [
    "lib/errors",
    "lib/files",
    "lib/random",
    "lib/tensor",
    "lib/ops",
    "lib/nn",
    "lib/formats",
    "lib/hub",
    "lib/quant",
    "lib/generate",
  ],
  "lib/peft": [
    "lib/errors",
    "lib/files",
    "lib/random",
    "lib/tensor",
    "lib/ops",
    "lib/nn",
    "lib/formats",
    "lib/hub",
  ],
  "lib/export": [
    "lib/errors",
    "lib/files",
    "lib/formats",
    "lib/hub",
    "lib/models",
    "lib/peft",
    "lib/quant",
    "lib/tensor",
    "lib/train",
  ],
  "lib/optim": ["lib/errors", "lib/files", "lib/nn", "lib/ops"],
  "lib/tokenizer": ["lib/errors", "lib/files", "lib/hub"],
  "lib/data": ["lib/errors", "lib/files", "lib/labels", "lib/random", "lib/tokenizer", "lib/hub"],
  "lib/metrics": ["lib/errors", "lib/files", "lib/random", "lib/hub"],
  "lib/clinical": ["lib/errors", "lib/files", "lib/random", "lib/data", "lib/generate"],
  "lib/corpus": ["lib/errors", "lib/random"],
  "lib/train": [
    "lib/errors",
    "lib/files",
    "lib/labels",
    "lib/random",
    "lib/tensor",
    "lib/ops",
    "lib/nn",
    "lib/optim",
    "lib/data",
    "lib/formats",
    "lib/viz",
  ],
  kernel: [],
  grader: ["kernel"],
  cli: ["lib", "kernel", "grader"],
  bench: ["lib", "kernel", "grader", "cli"],
  browser: [],
};

/** A file's part, such as `lib/nn` or `cli`. */
function partOf(file: string): string {
  const [top = "", second = ""] = path.relative(repositoryRoot, file).split(path.sep);
  return top === "lib" ? `lib/${second.replace(/\.ts$/, "")}` : top;
}

interface Import {
  file: string;
  specifier: string;
}

function filesBelow(folder: string): string[] {
  return fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
        .map((name) => path.join(folder, name))
    : [];
}

/** Every module that a file names, in import and export statements and in import() calls and types. */
function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const module =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (module && ts.isStringLiteral(module)) found.push({ file, specifier: module.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The names of the values that a file exports. */
function valuesOf(file: string): string[] {
  const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return source.statements
    .filter((statement) => ts.canHaveModifiers(statement))
    .filter((statement) =>
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
    )
    .flatMap((statement) => {
      if (ts.isVariableStatement(statement)) {
        return statement.declarationList.declarations.map(({ name }) => (name as ts.Identifier).text);
      }
      return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
        ? [statement.name?.text ?? ""]
        : [];
    })
    .sort();
}

const relative = (file: string): string => path.relative(repositoryRoot, file);

describe("imports", () => {
  const files = ["lib", "kernel", "grader", "cli", "bench", "browser"].flatMap((folder) =>
    filesBelow(path.join(repositoryRoot, folder)),
  );
  const imports = files.flatMap(importsOf);
  const local = imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ file, specifier }) => ({ file, target: path.resolve(path.dirname(file), specifier) }));

  it("name every part in the table", () => {
    const parts = new Set(files.map(partOf).filter((part) => part !== "lib/index"));
    assert.deepEqual(
      [...parts].filter((part) => !allowed[part]),
      [],
    );
  });

  it("point only where the table allows", () => {
    const wrong = local.filter(({ file, target }) => {
      const [from, to] = [partOf(file), partOf(target)];
      if (from === to || from === "lib/index") return false;
      const may = allowed[from] ?? [];
      return !may.includes(to) && !may.includes(to.split("/")[0]!);
    });
    assert.deepEqual(
      wrong.map(({ file, target }) => `${relative(file)} -> ${relative(target)}`),
      [],
    );
  });

  it("enter another part by its front door", () => {
    const inner = local.filter(({ file, target }) => {
      const [from, to] = [partOf(file), partOf(target)];
      if (from === to) return false;
      // A part of the kernel may be entered by the front door of one of its own folders.
      return !["index.ts", "errors.ts", "random.ts", "labels.ts"].includes(path.basename(target));
    });
    assert.deepEqual(
      inner.map(({ file, target }) => `${relative(file)} -> ${relative(target)}`),
      [],
    );
  });

  it("have no cycle of files", () => {
    const graph = new Map<string, string[]>();
    for (const { file, target } of local) graph.set(file, [...(graph.get(file) ?? []), target]);
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, trail: string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...trail.slice(trail.indexOf(file)), file].map(relative).join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
    assert.deepEqual(cycles, []);
  });

  it("keep Node's own modules in lib to files named node.ts", () => {
    const builtin = new Set(builtinModules);
    const wrong = imports.filter(
      ({ file, specifier }) =>
        relative(file).startsWith("lib") &&
        path.basename(file) !== "node.ts" &&
        (specifier.startsWith("node:") || builtin.has(specifier)),
    );
    assert.deepEqual(
      wrong.map(({ file, specifier }) => `${relative(file)} -> ${specifier}`),
      [],
    );
  });

  it("find a browser's twin, with the same exports, for each file that package.json replaces in a browser", () => {
    const twins = files.filter(
      (file) => relative(file).startsWith("lib") && path.basename(file) === "browser.ts",
    );
    const compiled = (file: string): string => `./dist/${relative(file).replace(/\.ts$/, ".js")}`;
    const nodeOf = (twin: string): string => path.join(path.dirname(twin), "node.ts");
    const { browser } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, "package.json"), "utf8")) as {
      browser: Record<string, string>;
    };
    assert.deepEqual(
      browser,
      Object.fromEntries(twins.map((twin) => [compiled(nodeOf(twin)), compiled(twin)])),
    );
    for (const twin of twins) assert.deepEqual(valuesOf(twin), valuesOf(nodeOf(twin)), relative(twin));
  });

  it("of notebooks are residency and residency/… alone", () => {
    const wrong = filesBelow(path.join(repositoryRoot, "notebooks"))
      .flatMap(importsOf)
      .filter(({ specifier }) => !/^residency(\/|$)/.test(specifier));
    assert.deepEqual(wrong, []);
  });

  it("find a front door in every folder of lib", () => {
    const folders = fs
      .readdirSync(path.join(repositoryRoot, "lib"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "backends");
    for (const { name } of folders) {
      assert.ok(fs.existsSync(path.join(repositoryRoot, "lib", name, "index.ts")), `lib/${name}/index.ts`);
    }
  });
});

/** Bundles the library for a browser: every front door as an ES module, the kernels and the worker beside them. */
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readdirSync } from "node:fs";
import { build as runEsbuild, type Plugin } from "esbuild";

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const library = path.join(dist, "lib");

/** What a bundle weighs. */
export interface BundleReport {
  folder: string;
  /** Bytes of each file, minified. */
  files: Record<string, number>;
  /** Bytes that a page loads for `import "residency"`, without what is loaded when it is needed. */
  firstLoadBytes: number;
}

/** Every front door: `residency` itself, and `residency/…`. */
function frontDoors(): Record<string, string> {
  const parts = readdirSync(library, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "backends")
    .map(({ name }) => [name, path.join(library, name, "index.js")]);
  return Object.fromEntries([["residency", path.join(library, "index.js")], ...parts]) as Record<
    string,
    string
  >;
}

/**
 * esbuild leaves `new URL("…", import.meta.url)` as it is. Other bundlers copy the named file beside the page's code; so does
 * this plugin, under its own name, and a worker's file is one of the entry points.
 */
function filesBesideCode(copied: Set<string>): Plugin {
  return {
    name: "files-beside-code",
    setup(build) {
      build.onLoad({ filter: /[\\/]lib[\\/]backends[\\/]cpu[\\/].*browser\.js$/ }, async ({ path: file }) => {
        const source = await readFile(file, "utf8");
        const contents = source.replace(/new URL\("([^"]+)", import\.meta\.url\)/g, (_, relative: string) => {
          const target = path.resolve(path.dirname(file), relative);
          if (target.endsWith(".wasm")) copied.add(target);
          const name = target.endsWith(".wasm") ? path.basename(target) : "thread.js";
          return `new URL("./${name}", import.meta.url)`;
        });
        return { contents, loader: "js" };
      });
    },
  };
}

/**
 * Writes the bundle into a folder, which is made if need be.
 *
 * @throws Error of esbuild when a module of Node's is reached.
 */
export async function bundleForBrowser(
  folder: string,
  pages: Record<string, string> = {},
): Promise<BundleReport> {
  const copied = new Set<string>();
  const { metafile } = await runEsbuild({
    entryPoints: {
      ...frontDoors(),
      thread: path.join(library, "backends/cpu/thread/browser.js"),
      ...pages,
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: ["es2022", "chrome119", "firefox121", "safari17.4"],
    minify: true,
    metafile: true,
    logLevel: "silent",
    // Beside the entry points, since a file beside the code is found from the chunk that names it.
    chunkNames: "chunk-[hash]",
    plugins: [filesBesideCode(copied)],
  });
  for (const file of copied) await copyFile(file, path.join(folder, path.basename(file)));
  const outputs = Object.entries(metafile.outputs);
  const nameOf = (file: string): string => path.relative(folder, path.resolve(file));
  const byName = new Map(outputs.map(([file, output]) => [nameOf(file), output]));
  const first = new Set<string>();
  const load = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    for (const { path: file, kind } of byName.get(name)?.imports ?? []) {
      if (kind === "import-statement") load(nameOf(file));
    }
  };
  load("residency.js");
  return {
    folder,
    files: Object.fromEntries([...byName].map(([name, { bytes }]) => [name, bytes])),
    firstLoadBytes: [...first].reduce((sum, name) => sum + (byName.get(name)?.bytes ?? 0), 0),
  };
}

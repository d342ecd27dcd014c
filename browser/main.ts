/** Bundles the library and the page into dist/browser/site, says what they weigh, and serves them with `--serve [PORT]`. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleForBrowser } from "./bundle.ts";
import { serveFolders } from "./serve.ts";

// This module runs as dist/browser/main.js.
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const folder = path.join(here, "site");

const { values } = parseArgs({ options: { serve: { type: "boolean" }, port: { type: "string" } } });
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const report = await bundleForBrowser(folder, { recipe: path.join(here, "recipe.js") });
await copyFile(path.join(root, "browser/page/index.html"), path.join(folder, "index.html"));
const total = Object.values(report.files).reduce((sum, bytes) => sum + bytes, 0);
console.log(
  JSON.stringify({
    folder: path.relative(process.cwd(), folder),
    firstLoadBytes: report.firstLoadBytes,
    totalBytes: total,
  }),
);
if (values.serve) {
  const { address } = await serveFolders({
    folders: { "/": folder, "/assets/": path.join(root, "assets") },
    port: Number(values.port ?? 8080),
  });
  console.log(`The page is at ${address} until Ctrl+C`);
}

/** What a cell imports: packages, files and builtins, from the notebook's folder. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";
import type { CellRun } from "./session.ts";

describe("a cell that imports", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    const packages: [string, string][] = [
      ["esm-only", "export const kind = 'esm'; export default 1;"],
      ["common", "exports.kind = 'cjs'; exports['dyn' + 'amic'] = 2;"],
    ];
    for (const [name, code] of packages) {
      const at = path.join(folder, "node_modules", name);
      await mkdir(at, { recursive: true });
      const type = name === "common" ? "commonjs" : "module";
      await writeFile(path.join(at, "package.json"), JSON.stringify({ name, type, exports: "./index.js" }));
      await writeFile(path.join(at, "index.js"), code);
    }
    const parts = path.join(folder, "node_modules/in-parts");
    await mkdir(path.join(parts, "lib"), { recursive: true });
    const exported = {
      ".": { types: "./lib/main.d.ts", import: "./lib/main.mjs", require: "./lib/main.cjs" },
      "./codec": "./lib/codec.mjs",
      "./units/*": "./lib/unit-*.mjs",
    };
    await writeFile(
      path.join(parts, "package.json"),
      JSON.stringify({ name: "in-parts", version: "1.0.0", exports: exported }),
    );
    for (const [name, code] of [
      // As from a database or a network: the module is ready later.
      [
        "main.mjs",
        "const { setTimeout: sleep } = await import('node:timers/promises'); await sleep(5); export const ready = 'later';",
      ],
      ["main.cjs", "exports.ready = 'required';"],
      ["main.d.ts", "export const ready: string;"],
      ["codec.mjs", "import { ready } from 'in-parts'; export const codec = ready + ' codec';"],
      ["unit-mg.mjs", "export default await Promise.resolve('mg');"],
      ["hidden.mjs", "export default 'hidden';"],
    ] as const) {
      await writeFile(path.join(parts, "lib", name), code);
    }
    await writeFile(path.join(folder, "local.mjs"), "export const where = 'local';");
    await writeFile(path.join(folder, "data.json"), '{ "n": 3 }');
    kernel = await startTestKernel({ cwd: folder });
  });
  after(async () => {
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });
  const run = (code: string, options = {}): Promise<CellRun> => runCell(kernel, code, options);

  it("gets packages, files and builtins from the notebook's folder", async () => {
    const cells: [string, string][] = [
      ["import one, { kind } from 'esm-only'; [one, kind]", "[ 1, 'esm' ]"],
      ["import * as common from 'common'; common.default.kind", "'cjs'"],
      ["import { where } from './local.mjs'; where", "'local'"],
      ["import data from './data.json' with { type: 'json' }; data.n", "3"],
      ["import { basename } from 'node:path'; basename('/a/b')", "'b'"],
      ["(await import('node:os')).EOL", "'\\n'"],
      ["require('node:path').sep", "'/'"],
      ["typeof import.meta.url", "'string'"],
      ["import * as residency from 'residency/cell'; typeof residency.display", "'function'"],
    ];
    for (const [code, expected] of cells) {
      const { reply, result } = await run(code);
      assert.equal(reply.status, "ok", `${code}: ${JSON.stringify(reply)}`);
      assert.equal(result, expected, code);
    }
  });

  it("gets packages with subpaths and with top-level await", async () => {
    const cells: [string, string][] = [
      ["import { ready } from 'in-parts'; ready.toUpperCase()", "'LATER'"],
      ["import { codec } from 'in-parts/codec'; codec", "'later codec'"],
      ["import unit from 'in-parts/units/mg'; unit", "'mg'"],
      ["(await import('in-parts/units/mg')).default", "'mg'"],
      ["require('in-parts').ready", "'required'"],
      ["ready + codec", "'laterlater codec'"],
    ];
    for (const [code, expected] of cells) {
      const { reply, result } = await run(code);
      assert.equal(reply.status, "ok", `${code}: ${JSON.stringify(reply)}`);
      assert.equal(result, expected, code);
    }
    // What the package does not export is not there, for the types and when it is run.
    const { reply } = await run("import hidden from 'in-parts/lib/hidden.mjs';");
    assert.ok(reply.status === "error");
    assert.match(reply.evalue, /in-parts\/lib\/hidden\.mjs/);
    const dynamic = await run("const place: string = 'in-parts/lib/hidden.mjs';\nawait import(place)");
    assert.ok(dynamic.reply.status === "error");
    assert.match(dynamic.reply.evalue, /not (?:defined by|exported)/);
  });
});

/** Tests with clients that are not ours: nbconvert runs a notebook, tslab's types fit. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Display as TslabDisplay } from "tslab";
import { parseNotebook } from "../../kernel/index.ts";
import { display, newDisplay, versions } from "../../kernel/compat/tslab.ts";
import { repositoryRoot } from "../support/paths.ts";

const run = promisify(execFile);
const cli = path.join(repositoryRoot, "dist/cli/main.js");

describe("residency kernel", function () {
  this.timeout(60_000);
  let prefix: string;
  before(async () => (prefix = await mkdtemp(path.join(os.tmpdir(), "residency-test-"))));
  after(() => rm(prefix, { recursive: true }));
  const command = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [cli, "kernel", ...args])).stdout;

  it("installs a kernelspec that nbconvert runs a notebook with when the prefix is on JUPYTER_PATH", async function () {
    const installed = JSON.parse(await command("install", "--prefix", prefix, "--json")) as {
      folder: string;
    };
    assert.equal(installed.folder, path.join(prefix, "share/jupyter/kernels/residency"));
    if (spawnSync("jupyter", ["nbconvert", "--version"]).status !== 0) {
      process.stdout.write("      skipped: the command `jupyter nbconvert` is not installed\n");
      return this.skip();
    }
    const cell = (id: string, source: string): object => ({
      cell_type: "code",
      id,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    });
    const notebook = {
      cells: [
        cell("one", "const greeting: string = 'hello';\nconsole.log(greeting);\ngreeting.length"),
        cell("two", "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>' }) });"),
        cell("three", "throw new TypeError('on purpose')"),
        cell("four", "greeting"),
      ],
      metadata: { kernelspec: { name: "residency", display_name: "x", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 5,
    };
    const file = path.join(prefix, "notebook.ipynb");
    await writeFile(file, JSON.stringify(notebook));
    const { stdout } = await run(
      "jupyter",
      ["nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--stdout", file],
      { env: { ...process.env, JUPYTER_PATH: path.join(prefix, "share/jupyter") } },
    );
    const outputs = parseNotebook(stdout).cells.map((one) => (one.cell_type === "code" ? one.outputs : []));
    assert.deepEqual(outputs[0], [
      { output_type: "stream", name: "stdout", text: "hello\n" },
      { output_type: "execute_result", execution_count: 1, data: { "text/plain": "5" }, metadata: {} },
    ]);
    assert.deepEqual(outputs[1], [
      { output_type: "display_data", data: { "text/html": "<b>x</b>" }, metadata: {} },
    ]);
    const [error] = outputs[2] ?? [];
    assert.ok(error?.output_type === "error");
    assert.deepEqual([error.ename, error.evalue], ["TypeError", "on purpose"]);
    const [result] = outputs[3] ?? [];
    assert.ok(result?.output_type === "execute_result");
    assert.equal(result.data["text/plain"], "'hello'");
  });

  it("removes the kernelspec once, and fails when it is not there", async () => {
    await command("install", "--prefix", prefix, "--name", "other");
    assert.match(await command("uninstall", "--prefix", prefix, "--name", "other"), /Removed/);
    await assert.rejects(command("uninstall", "--prefix", prefix, "--name", "other"), { code: 1 });
    await assert.rejects(command("install", "--prefix", prefix, "--name", "../x"), { code: 1 });
    await assert.rejects(command("start"), { code: 2 });
    assert.match(await command("--help"), /--sys-prefix/);
  });
});

describe("tslab compatibility", () => {
  it("has tslab's types when it stands in for it", () => {
    const displays: TslabDisplay[] = [display, newDisplay()];
    for (const one of displays) assert.equal(typeof one.html, "function");
    assert.equal(versions.node, process.version);
  });
});

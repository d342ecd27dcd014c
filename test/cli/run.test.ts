/** `residency run` as a process of its own: outputs, progress, failures, limits, Ctrl-C. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseNotebook, serializeNotebook } from "../../kernel/notebook/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";
import { notebookOf } from "../support/notebooks.ts";
import { repositoryRoot } from "../support/paths.ts";

const progressCell = `
const report = (step: number) => ({
  [Symbol.for("Jupyter.display")]: () => ({
    "application/vnd.residency.progress+json": { label: "train", step, total: 4, loss: 1 / step },
    "text/plain": "step " + step,
  }),
});
const shown = display(report(1));
for (let step = 2; step <= 4; step += 1) shown.update(report(step));
`;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe("residency run", function () {
  this.timeout(60_000);
  this.slow(5000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "residency-run-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the command on a notebook; `onOutput` sees standard output as it grows. */
  async function run(
    notebook: Notebook,
    args: string[],
    onOutput?: (text: string, interrupt: () => void) => void,
  ): Promise<Ended & { saved: () => Promise<Notebook> }> {
    const file = path.join(folder, "notebook.ipynb");
    const output = path.join(folder, "out/executed.ipynb");
    await writeFile(file, serializeNotebook(notebook));
    const main = path.join(repositoryRoot, "dist/cli/main.js");
    const child = spawn(process.execPath, [main, "run", file, "--output", output, ...args]);
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => {
      ended.stdout += data.toString();
      onOutput?.(ended.stdout, () => child.kill("SIGINT"));
    });
    child.stderr.on("data", (data: Buffer) => (ended.stderr += data.toString()));
    ended.code = await new Promise((resolve) => child.once("close", resolve));
    return { ...ended, saved: async () => parseNotebook(await readFile(output, "utf8")) };
  }

  const outputsOf = (notebook: Notebook, index: number) => {
    const cell = notebook.cells[index];
    return cell?.cell_type === "code" ? cell.outputs : [];
  };

  it("runs every cell, shows a line for each, and saves notebook and report", async () => {
    const report = path.join(folder, "out/report.html");
    const notebook = notebookOf(
      "# Title",
      "const a: number = 20 + 1;\nconsole.log('hello');",
      progressCell,
      "a * 2",
    );
    const { code, stdout, stderr, saved } = await run(notebook, ["--report", report]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /✓ 1\/3 {2}const a: number = 20 \+ 1; +\d+\.\d s\n/);
    assert.match(stdout, / {2}2\/3 {2}train: 1\/4 steps · loss 1\.000 \(25 %\)\n/);
    if (process.platform === "linux")
      assert.match(stdout, /every cell ran in .*, \d.* of processor time, \d+(\.\d)? [MG]iB at most; saved/);
    assert.match(stdout, /every cell ran in .* saved .*executed\.ipynb and .*report\.html\n$/);
    const executed = await saved();
    assert.deepEqual(outputsOf(executed, 1), [{ output_type: "stream", name: "stdout", text: "hello\n" }]);
    const [result] = outputsOf(executed, 3);
    assert.ok(result?.output_type === "execute_result");
    assert.equal(result.data["text/plain"], "42");
    const page = await readFile(report, "utf8");
    assert.match(page, /<h1>Title<\/h1>/);
    // The last update wins.
    assert.match(page, /<span>4\/4 steps · loss 0\.250<\/span>/);
    assert.deepEqual((await readdir(path.join(folder, "out"))).sort(), ["executed.ipynb", "report.html"]);
  });

  it("stops at a failing cell, prints it with its traceback, and saves what ran", async () => {
    const notebook = notebookOf("1 + 1", "// fail here\nthrow new RangeError('too far');", "'never'");
    const { code, stdout, stderr, saved } = await run(notebook, []);
    assert.equal(code, 1);
    assert.match(stdout, /✗ 2\/3 {2}fail here/);
    assert.match(stderr, /Cell 2 of 3 \(fail here\):\n[^]*RangeError: too far/);
    const executed = await saved();
    assert.equal(outputsOf(executed, 0).length, 1);
    assert.equal(outputsOf(executed, 1)[0]?.output_type, "error");
    assert.deepEqual(outputsOf(executed, 2), []);
  });

  it("interrupts a cell at the time limit", async () => {
    const { code, stdout } = await run(notebookOf("for (;;);", "'never'"), ["--timeout", "1"]);
    assert.equal(code, 1);
    assert.match(stdout, /time limit of 1 s passed in cell 1 of 2/);
  });

  it("saves what ran and exits with 130 on Ctrl-C", async () => {
    let sent = false;
    const notebook = notebookOf(
      "console.log('before');",
      "await new Promise((done) => setTimeout(done, 60_000));",
    );
    const { code, saved } = await run(notebook, [], (text, interrupt) => {
      if (sent || !text.includes("✓ 1/2")) return;
      sent = true;
      setTimeout(interrupt, 300);
    });
    assert.equal(code, 130);
    const executed = await saved();
    assert.deepEqual(outputsOf(executed, 0), [{ output_type: "stream", name: "stdout", text: "before\n" }]);
    assert.equal(outputsOf(executed, 1)[0]?.output_type, "error");
  });

  it("prints one JSON object under --json, and heads the report with the run's metrics", async () => {
    const report = path.join(folder, "report.html");
    const metrics =
      'import { writeFileSync } from "node:fs";\n' +
      'writeFileSync(`${process.env["RESIDENCY_OUTPUT"]}/metrics.json`, JSON.stringify({ base: { tokenF1: 0.123456 }, tokensPerSecond: 12 }));';
    const { code, stdout } = await run(notebookOf("1;", metrics), ["--json", "--report", report]);
    assert.equal(code, 0);
    const summary = JSON.parse(stdout) as {
      status: string;
      cells: unknown[];
      error: unknown;
      cpuSeconds: number;
      peakBytes: number;
    };
    assert.equal(summary.status, "ok");
    assert.equal(summary.cells.length, 2);
    assert.equal(summary.error, null);
    if (process.platform === "linux") {
      // The second cell holds the kernel, its executor and the program that runs them.
      assert.ok(summary.cpuSeconds > 0.1, `${summary.cpuSeconds} s`);
      assert.ok(summary.peakBytes > 150e6, `${summary.peakBytes} bytes`);
    }
    assert.match(
      await readFile(report, "utf8"),
      /<td>base · token F1<\/td><td>0\.1235<\/td>[^]*<td>tokens per second<\/td><td>12<\/td>/,
    );
  });

  it("says what several notebooks took together", async function () {
    if (process.platform !== "linux") this.skip();
    const main = path.join(repositoryRoot, "dist/cli/main.js");
    for (const name of ["a.ipynb", "b.ipynb"])
      await writeFile(path.join(folder, name), serializeNotebook(notebookOf("1 + 1")));
    const child = spawn(process.execPath, [main, "run", "a.ipynb", "b.ipynb"], { cwd: folder });
    let stdout = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
    assert.match(stdout, /\n2 notebooks: \d.* of processor time, \d+(\.\d)? [MG]iB at most\n$/);
  });

  it("refuses a file that is no notebook and a limit that is no number", async () => {
    const main = path.join(repositoryRoot, "dist/cli/main.js");
    const call = (...args: string[]) =>
      new Promise<number | null>((resolve) =>
        spawn(process.execPath, [main, "run", ...args]).once("close", resolve),
      );
    const file = path.join(folder, "x.ipynb");
    await writeFile(file, "{}");
    assert.deepEqual(
      await Promise.all([call(file), call(file, "--timeout", "soon"), call(), call("--help")]),
      [1, 2, 2, 0],
    );
  });
});

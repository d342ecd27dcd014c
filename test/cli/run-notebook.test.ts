/** Running a notebook when cells and kernels fail: what is kept, and when the kernel is killed. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runNotebook } from "../../cli/run/index.ts";
import type { RunNotebookOptions } from "../../cli/run/index.ts";
import { serializeNotebook } from "../../kernel/notebook/index.ts";
import { fakeLauncher } from "../support/fake-kernel.ts";
import type { CellScript } from "../support/fake-kernel.ts";
import { notebookOf } from "../support/notebooks.ts";

describe("runNotebook", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "residency-run-"))));
  after(() => rm(folder, { recursive: true }));

  /** Runs cells whose source is the name of a script. */
  async function run(scripts: string[], options: Partial<RunNotebookOptions> = {}) {
    const file = path.join(folder, "notebook.ipynb");
    await writeFile(file, serializeNotebook(notebookOf(...scripts)));
    const events: string[] = [];
    const outcome = await runNotebook(file, {
      graceMs: 20,
      launch: fakeLauncher((code) => code as CellScript).launch,
      listener: {
        cellStarted: ({ number, count }) => events.push(`start ${number}/${count}`),
        progress: () => events.push("progress"),
        cellEnded: ({ number }, _seconds, ok) => events.push(`end ${number} ${ok ? "ok" : "not ok"}`),
      },
      ...options,
    });
    return { events, ...outcome };
  }

  it("runs all code cells and skips text and empty ones", async () => {
    const { events, status } = await run(["# text", "ok", "  ", "ok"]);
    assert.equal(status, "ok");
    assert.deepEqual(events, ["start 1/2", "end 1 ok", "start 2/2", "end 2 ok"]);
  });

  it("stops at the first error", async () => {
    const { events, status, failure } = await run(["ok", "error", "ok"]);
    assert.equal(status, "failed");
    assert.equal(failure?.place.number, 2);
    assert.deepEqual(events.at(-1), "end 2 not ok");
  });

  it("interrupts a cell at its limit", async () => {
    const { status, failure } = await run(["hang", "ok"], { timeoutSeconds: 0.01 });
    assert.equal(status, "timeout");
    assert.equal(failure?.ename, "KeyboardInterrupt");
  });

  it("kills the kernel when a cell does not end by an interrupt", async () => {
    const { status, failure } = await run(["stuck", "ok"], { timeoutSeconds: 0.01 });
    assert.equal(status, "timeout");
    assert.equal(failure?.ename, "KernelDied");
  });

  it("keeps the outputs so far when the kernel dies, and says so in the cell", async () => {
    const { status, notebook, seconds } = await run(["ok", "die", "ok"]);
    assert.equal(status, "failed");
    const cell = notebook.cells[1];
    assert.ok(cell?.cell_type === "code");
    assert.equal(cell.outputs[0]?.output_type, "error");
    assert.deepEqual([...seconds.keys()], [0, 1]);
  });

  it("says interrupted when the signal came, whether or not the cell ended by it", async () => {
    for (const script of ["hang", "stuck"]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 10);
      const { status } = await run(["ok", script, "ok"], { signal: controller.signal });
      assert.equal(status, "interrupted");
    }
  });
});

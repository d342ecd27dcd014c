/** A grading session when cells and kernels fail: each fault has its status, and the next cell finds a kernel. */
import assert from "node:assert/strict";
import { openSession } from "../../grader/grade/session.ts";
import { fakeLauncher } from "../support/fake-kernel.ts";
import type { CellScript } from "../support/fake-kernel.ts";

const scripts: Record<string, CellScript> = {
  "42": { result: "42" },
  hang: "hang",
  stuck: "stuck",
  die: "die",
  error: "error",
};

/** A session whose cells are named by what they do; `marked` is whether the state outlives an interrupt. */
function session({ marked = true, prelude = "ok" } = {}) {
  const { launch, ran } = fakeLauncher((code) =>
    code.endsWith(" in globalThis") ? { result: String(marked) } : (scripts[code.split("\n")[0]!] ?? "ok"),
  );
  return { ran, grading: openSession({ cwd: ".", prelude, timeoutSeconds: 0.02, graceMs: 20, launch }) };
}

describe("openSession", () => {
  it("gives the results of code that ran", async () => {
    const { grading } = session();
    assert.deepEqual(await grading.run("42"), {
      status: "ok",
      ename: "",
      evalue: "",
      results: ["42"],
      stateLost: false,
    });
  });

  it("keeps the state when a cell ends by the interrupt at its limit", async () => {
    const { grading, ran } = session();
    const result = await grading.run("hang");
    assert.deepEqual([result.status, result.stateLost], ["timeout", false]);
    assert.equal((await grading.run("ok")).status, "ok");
    assert.equal(ran.length, 1);
  });

  it("kills a kernel that the interrupt does not stop, and starts another for the next cell", async () => {
    const { grading, ran } = session();
    const result = await grading.run("stuck");
    assert.deepEqual([result.status, result.stateLost], ["timeout", true]);
    assert.equal((await grading.run("ok")).status, "ok");
    assert.deepEqual(
      ran.map((codes) => codes.at(-1)),
      ["stuck", "ok"],
    );
    assert.ok(ran.every((codes) => codes[0]?.startsWith("ok\n")));
  });

  it("prepares the state again when only the process that held it was replaced", async () => {
    const { grading, ran } = session({ marked: false });
    const result = await grading.run("hang");
    assert.deepEqual([result.status, result.stateLost], ["timeout", true]);
    await grading.run("42");
    assert.equal(ran.length, 1);
    assert.equal(ran[0]?.filter((code) => code.startsWith("ok\n")).length, 2);
  });

  it("refuses to run anything when the checks cannot be loaded", async () => {
    const { grading } = session({ prelude: "error" });
    await assert.rejects(grading.run("ok"), {
      code: "E_CHECKS",
      message: /Cannot load the checks: Error: scripted/,
    });
  });

  it("says died when the kernel ended under a cell", async () => {
    const { grading, ran } = session();
    const result = await grading.run("die");
    assert.deepEqual([result.status, result.stateLost], ["died", true]);
    assert.equal((await grading.run("error")).status, "error");
    assert.equal(ran.length, 2);
  });
});

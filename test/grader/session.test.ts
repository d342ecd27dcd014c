/** A grading session when cells and kernels fail: each fault has its status, and the next cell finds a kernel. */
import assert from "node:assert/strict";
import { openSession } from "../../grader/grade/session.ts";
import { fakeLauncher } from "../support/fake-kernel.ts";
import type { CellScript } from "../support/fake-kernel.ts";

function session() {
  const { launch, ran } = fakeLauncher((code) => (code === "42" ? { result: "42" } : (code as CellScript)));
  return {
    ran,
    grading: openSession({ cwd: ".", prelude: "ok", timeoutSeconds: 0.02, graceMs: 20, launch }),
  };
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
    assert.deepEqual(ran, [
      ["ok", "stuck"],
      ["ok", "ok"],
    ]);
  });

  it("refuses to run anything when the checks cannot be loaded", async () => {
    const { launch } = fakeLauncher((code) => code as CellScript);
    const grading = openSession({ cwd: ".", prelude: "error", timeoutSeconds: 1, launch });
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

/** Tests of interrupts while a cell waits for child processes: the children end, the state stays. */
import assert from "node:assert/strict";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { processTree } from "../../kernel/processes/index.ts";
import { runCell, startTestKernel } from "./session.ts";
import type { CellRun } from "./session.ts";

/** Runs a cell and interrupts it when it prints; also gives the milliseconds from there to the reply. */
async function runInterrupted(
  kernel: KernelClient,
  code: string,
): Promise<CellRun & { milliseconds: number }> {
  const controller = new AbortController();
  let interrupted = 0;
  const onMessage = (message: IopubMessage): void => {
    if (message.type !== "stream" || interrupted > 0) return;
    // The cell prints before it starts the child.
    setTimeout(() => {
      interrupted = performance.now();
      controller.abort();
    }, 150);
    interrupted = Infinity;
  };
  const run = await runCell(kernel, code, { onMessage, signal: controller.signal });
  return { ...run, milliseconds: performance.now() - interrupted };
}

async function childCount(kernel: KernelClient): Promise<number> {
  const executor = Number((await runCell(kernel, "process.pid")).result);
  for (let tries = 0; tries < 60 && processTree(executor).length > 1; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return processTree(executor).length - 1;
}

describe("interrupt of child processes", function () {
  this.timeout(20_000);
  let kernel: KernelClient;
  before(async function () {
    if (process.platform === "win32") this.skip();
    kernel = await startTestKernel();
    const imports = `import { exec, execFile, execFileSync, execSync, spawn, spawnSync } from "node:child_process";
      import { promisify } from "node:util";`;
    const { reply } = await runCell(kernel, `${imports}\nlet kept = "kept";`);
    assert.equal(reply.status, "ok");
  });
  after(async () => {
    if (process.platform !== "win32") await kernel.shutdown();
  });

  const blocking: [string, string][] = [
    ["execFileSync", `execFileSync("sleep", ["1000"])`],
    ["spawnSync", `spawnSync("sleep", ["1000"])`],
    ["execSync with a shell", `execSync("sleep 1000; sleep 1000")`],
    ["a loop around spawnSync", `for (;;) try { spawnSync("sleep", ["1"]) } catch {}`],
    ["a child that ignores SIGINT", `execFileSync("sh", ["-c", "trap '' INT; sleep 1000"])`],
    ["a shell loop of children", `execFileSync("sh", ["-c", "while true; do sleep 1; done"])`],
    ["a promise of execFile", `await promisify(execFile)("sleep", ["1000"])`],
    [
      "spawn with inherited output",
      `await new Promise((end) => spawn("sleep", ["1000"], { stdio: "inherit" }).on("exit", end))`,
    ],
  ];
  for (const [name, code] of blocking) {
    it(`ends ${name} and keeps the state when a cell waits for it`, async () => {
      const { reply, milliseconds } = await runInterrupted(kernel, `console.log("go"); ${code}`);
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "KeyboardInterrupt");
      assert.ok(milliseconds < 1500, `${milliseconds} ms`);
      assert.equal((await runCell(kernel, "kept")).result, "'kept'");
      assert.equal(await childCount(kernel), 0);
    });
  }

  it("leaves a background program of an earlier cell alone when it ends the one that a cell waits for", async () => {
    await runCell(kernel, `const background = spawn("sleep", ["1000"], { stdio: "ignore" });`);
    await runInterrupted(kernel, `console.log("go"); execFileSync("sleep", ["1000"])`);
    await runInterrupted(kernel, `console.log("go"); for (;;) {}`);
    assert.equal((await runCell(kernel, "background.exitCode ?? background.signalCode")).result, "null");
    await runCell(kernel, "background.kill(); await new Promise((end) => background.on('exit', end));");
  });

  it("leaves a detached program alone when its cell is interrupted", async () => {
    const start = `console.log("go"); var detached = spawn("sleep", ["1000"], { stdio: "ignore", detached: true });`;
    await runInterrupted(kernel, `${start} await new Promise(() => {});`);
    assert.equal((await runCell(kernel, "detached.exitCode ?? detached.signalCode")).result, "null");
    await runCell(kernel, "detached.kill(); await new Promise((end) => detached.on('exit', end));");
  });
});

/** Tests of the process table and of how trees of processes are ended. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { descendants, endTree, findProcess, isRunning, usageOfTree } from "../../kernel/processes/index.ts";
import { listProc, listWithPs } from "../../kernel/processes/process-table.ts";

/** A shell with two children, one of which has a child of its own; resolves when all are there. */
async function startTree(trap = ""): Promise<ChildProcess> {
  const script = `${trap} sleep 1000 & (sleep 1001; true) & echo ready; wait`;
  const shell = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((resolve) => shell.stdout.once("data", resolve));
  while (descendants(shell.pid!).length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  return shell;
}

describe("usageOfTree", () => {
  before(function () {
    if (process.platform !== "linux") this.skip();
  });

  it("counts processor time and memory of a process and of those below it", async () => {
    const before = usageOfTree(process.pid)!;
    const child = spawn(
      process.execPath,
      ["-e", "for (let i = 0; i < 3e8; i++); console.log(1); setInterval(() => 0, 1000)"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const [own, all] = [usageOfTree(child.pid!)!, usageOfTree(process.pid)!];
    assert.ok(own.cpuSeconds > 0.05 && own.peakBytes > 20e6, JSON.stringify(own));
    assert.ok(all.peakBytes >= before.peakBytes + 20e6, JSON.stringify({ before, all }));
    assert.ok(all.cpuSeconds >= before.cpuSeconds + own.cpuSeconds * 0.9, JSON.stringify({ before, all }));
    const without = usageOfTree(process.pid, new Set([child.pid!]))!;
    assert.ok(without.peakBytes < all.peakBytes - own.peakBytes / 2, JSON.stringify({ all, own, without }));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    assert.equal(usageOfTree(child.pid!), undefined);
    assert.ok(usageOfTree(process.pid)!.cpuSeconds >= all.cpuSeconds, "what has ended still counts");
  });
});

describe("process table", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  it("lists the processes below one, parents first, and knows when one has ended", async () => {
    const shell = await startTree();
    const tree = descendants(shell.pid!);
    assert.deepEqual(
      tree.map(({ parent }) => parent),
      [shell.pid, shell.pid, tree[1]!.pid],
    );
    assert.ok(tree.every(isRunning));
    assert.equal(tree[0]!.group, findProcess(process.pid)?.group);
    await endTree(shell.pid!, "SIGTERM");
    assert.deepEqual(tree.filter(isRunning), []);
    assert.equal(isRunning({ ...findProcess(process.pid)!, started: "another time" }), false);
  });

  it("says the same whether it is read from /proc or told by ps", async function () {
    try {
      execFileSync("ps", ["-p", String(process.pid)], { stdio: "ignore" });
    } catch {
      process.stdout.write("      ps is not installed here\n");
      this.skip();
    }
    const shell = await startTree();
    const pids = descendants(shell.pid!).map(({ pid }) => pid);
    const told = listWithPs(["-A"]);
    const known = new Set([shell.pid, ...pids]);
    assert.deepEqual(
      told
        .filter(({ parent }) => known.has(parent))
        .map(({ pid }) => pid)
        .sort((a, b) => a - b),
      pids.toSorted((a, b) => a - b),
    );
    // The program that tells is a child of this process, and must not be taken for one that a cell waits for.
    assert.ok(told.every(({ pid, parent }) => parent !== process.pid || isRunning(findProcess(pid)!)));
    if (process.platform === "linux") {
      const listed = listProc().filter(({ parent }) => known.has(parent));
      assert.deepEqual(new Set(listed.map(({ pid }) => pid)), new Set(pids));
      assert.equal(told.find(({ pid }) => pid === pids[0])?.group, findProcess(pids[0]!)?.group);
    }
    await endTree(shell.pid!, "SIGKILL");
  });

  it("endTree kills what ignores the signal, with everything below it", async () => {
    const shell = await startTree("trap '' TERM INT;");
    const tree = descendants(shell.pid!);
    const started = performance.now();
    await endTree(shell.pid!, "SIGTERM", 100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(performance.now() - started >= 100);
    assert.deepEqual(tree.filter(isRunning), []);
  });
});

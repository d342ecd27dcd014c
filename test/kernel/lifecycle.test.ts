/** Tests of the kernel's life: forged messages, dying executors, shutdown, orphans. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { KernelError, launchKernel } from "../../kernel/index.ts";
import { openRequests } from "../../kernel/client/requests.ts";
import { createKey, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { runCell, startTestKernel } from "./session.ts";

const kernelMain = path.join(repositoryRoot, "dist/kernel/main.js");

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(isAlive(pid), false, `process ${pid} is still there`);
}

describe("kernel process", function () {
  this.timeout(60_000);

  it("drops forged messages without a trace and answers the next good one", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    const ports = { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 };
    const info: ConnectionInfo = { transport: "ipc", ip: path.join(folder, "s"), ports, key: createKey() };
    const file = path.join(folder, "connection.json");
    await writeConnectionFile(file, info);
    const child = spawn(process.execPath, [kernelMain, "--connection-file", file], {
      cwd: repositoryRoot,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const closed = new Promise((resolve) => child.once("close", resolve));
    const forger = openRequests({ ...info, key: "0".repeat(64) });
    const client = openRequests(info);
    await client.welcomed;
    let answered = false;
    const forged = forger.send("shell", "execute_request", { code: "globalThis.forged = true" });
    forged.then(
      () => (answered = true),
      () => undefined,
    );
    const reply = await client.send("shell", "execute_request", {
      code: "'forged' in globalThis",
      user_expressions: {},
      store_history: true,
    });
    assert.equal(reply["status"], "ok");
    assert.equal(reply["execution_count"], 1);
    assert.equal(answered, false);
    await client.send("control", "shutdown_request", { restart: true });
    assert.equal(await closed, 0);
    assert.equal(log, "");
    const ended = new KernelError("E_KERNEL_DIED", "the test is over");
    forger.fail(ended);
    client.fail(ended);
    await rm(folder, { recursive: true });
  });

  it("says that the state is lost and goes on when the executor dies", async () => {
    const kernel = await startTestKernel();
    await runCell(kernel, "const lost = 1;");
    const { reply } = await runCell(
      kernel,
      "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});",
    );
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "ExecutorDied");
    assert.match(reply.evalue, /SIGKILL/);
    const after = await runCell(kernel, "lost");
    assert.ok(after.reply.status === "error");
    assert.equal(after.reply.ename, "TypeScriptError");
    assert.equal((await runCell(kernel, "1 + 2")).result, "3");
    await kernel.shutdown();
  });

  it("says so on stderr and forgets all types when the executor dies while no cell runs", async () => {
    const kernel = await startTestKernel();
    const told: { text: string; parent: string | undefined }[] = [];
    kernel.onIopub((message) => {
      if (message.type !== "stream") return;
      told.push({ text: `${message.content.name}: ${message.content.text}`, parent: message.parentId });
    });
    const replaced = async (): Promise<void> => {
      while (!told.some(({ text }) => /SIGABRT/.test(text)))
        await new Promise((done) => setTimeout(done, 10));
    };
    let parent: string | undefined;
    await runCell(kernel, "let lost = { dose: 1 };");
    await runCell(kernel, "setTimeout(() => process.abort(), 1);", {
      onMessage: (message) => void (parent = message.parentId),
    });
    await replaced();
    const [death] = told.filter(({ text }) => /SIGABRT/.test(text));
    assert.match(death?.text ?? "", /^stderr: .*ended with signal SIGABRT; all variables are lost/s);
    assert.equal(death?.parent, parent);
    const { reply } = await runCell(kernel, "lost.dose");
    assert.ok(reply.status === "error");
    assert.match(reply.evalue, /Cannot find name 'lost'/);
    assert.deepEqual((await kernel.complete("los", 3)).matches.includes("lost"), false);
    await kernel.shutdown();
  });

  it("forgets all types when a user expression ends the executor", async () => {
    const kernel = await startTestKernel();
    await runCell(kernel, "let lost = 1;");
    const userExpressions = { deadly: "process.abort()", after: "lost" };
    const { reply, text } = await runCell(kernel, "2", { userExpressions });
    assert.ok(reply.status === "ok");
    const { deadly, after } = reply.user_expressions as Record<string, Record<string, unknown>>;
    assert.equal(deadly?.["ename"], "ExecutorDied");
    assert.equal(after?.["ename"], "TypeScriptError");
    assert.match(text, /SIGABRT; all variables are lost/);
    const next = await runCell(kernel, "lost");
    assert.ok(next.reply.status === "error");
    assert.match(next.reply.evalue, /Cannot find name 'lost'/);
    await kernel.shutdown();
  });

  it("ends with its executor when it is shut down or killed, also while a cell runs", async () => {
    for (const end of ["shutdown", "kill"] as const) {
      const kernel = await startTestKernel();
      const executor = Number((await runCell(kernel, "process.pid")).result);
      assert.notEqual(executor, kernel.pid);
      const running = kernel.execute("while (true) {}");
      await kernel.isComplete("1");
      await Promise.all([assert.rejects(running, { code: "E_KERNEL_DIED" }), kernel[end]()]);
      await kernel.exited;
      await waitUntilGone(executor);
      await assert.rejects(kernel.execute("1"), { code: "E_KERNEL_DIED" });
    }
  });

  it("ends with its executor when its client is killed", async () => {
    const script = `
      import { launchKernel } from ${JSON.stringify(path.join(repositoryRoot, "dist/kernel/index.js"))};
      const kernel = await launchKernel();
      await kernel.execute("process.pid", { onMessage: (m) => m.type === "execute_result" && console.log(kernel.pid, m.content.data["text/plain"]) });
      setInterval(() => undefined, 1000);`;
    const client = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: repositoryRoot,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve) => {
      client.stdout.setEncoding("utf8").once("data", resolve);
    });
    client.kill("SIGKILL");
    for (const pid of line.trim().split(" ")) await waitUntilGone(Number(pid));
  });

  it("throws E_KERNEL_START with what was printed when the program fails", async () => {
    const command = [process.execPath, "--eval", "console.error('broken'); process.exit(3)"];
    await assert.rejects(launchKernel({ command }), {
      code: "E_KERNEL_START",
      message: /exit code 3\nbroken/,
    });
    const silent = [process.execPath, "--eval", "setInterval(() => undefined, 1000)"];
    await assert.rejects(launchKernel({ command: silent, startupTimeoutMs: 100 }), {
      code: "E_KERNEL_START",
    });
  });
});

/** Tests of what begins and ends a pause: requests, interrupts, detaching, deaths, and clients that are gone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Request } from "zeromq";
import { openRequests } from "../../kernel/client/requests.ts";
import { KernelError } from "../../kernel/index.ts";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { createKey, endpoint, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { openDebugSession } from "./debug-session.ts";
import type { DebugSession } from "./debug-session.ts";
import { runCell, startTestKernel } from "./session.ts";

describe("a pause", function () {
  this.timeout(20_000);
  let kernel: KernelClient;
  let debug: DebugSession;

  before(async () => {
    kernel = await startTestKernel();
    debug = openDebugSession(kernel);
    await runCell(kernel, "let counter = 5;");
    await debug.attach();
  });
  after(() => kernel.shutdown());
  // A test that fails at a breakpoint would fail those after it.
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await kernel.interrupt();
  });

  it("pauses a computing cell when asked to", async () => {
    const ended = runCell(kernel, "let spin = true;\nlet turns = 0;\nwhile (spin) {\n  turns += 1;\n}");
    await debug.request("inspectVariables");
    while (!(await runningVariable("spin"))) await debug.request("threads");
    await debug.request("pause", { threadId: 1 });
    assert.equal((await debug.event("stopped")).body["reason"], "pause");
    const [top] = await debug.frames();
    assert.ok(top && top.line >= 3);
    await debug.request("setExpression", { expression: "spin", value: "false", frameId: top.id });
    await debug.request("continue");
    assert.equal((await ended).reply.status, "ok");
  });

  it("pauses a cell whose time goes into Node's own code when asked to", async () => {
    for (let turn = 0; turn < 3; turn++) {
      // A name of its own, since the last turn's variable is still true when this cell begins.
      const inspecting = `inspecting${turn}`;
      const code = `let ${inspecting} = false, last = false;
const { inspect } = await import("node:util");
const deep = Array.from({ length: 3000 }, (_, i) => ({ i, a: [i, { b: i }] }));
while (!last) inspect(deep, { depth: (${inspecting} = true) && 9, maxArrayLength: Infinity });`;
      const ended = runCell(kernel, code);
      while (!(await runningVariable(inspecting))) await debug.request("threads");
      await debug.request("pause", { threadId: 1 });
      assert.equal((await debug.event("stopped")).body["reason"], "pause");
      assert.equal((await debug.frames())[0]?.line, 4);
      await debug.request("evaluate", { expression: "last = true" });
      await debug.request("continue");
      assert.equal((await ended).reply.status, "ok");
    }
  });

  const runningVariable = async (name: string): Promise<boolean> => {
    const { variables } = await debug.request("inspectVariables");
    return (variables as { name: string; value: string }[]).some(
      (one) => one.name === name && one.value === "true",
    );
  };

  it("answers completion and interrupts, and keeps the state, when the cell is paused", async () => {
    const code = "const beforePause = 1;\ndebugger;\ncounter = -5;\nfor (;;) {}";
    const { ended } = await debug.runUntilStopped(code);
    assert.deepEqual((await kernel.complete("beforePau", 9)).matches, ["beforePause"]);
    await kernel.interrupt();
    const { reply } = await ended;
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "KeyboardInterrupt");
    await debug.event("continued");
    assert.equal((await runCell(kernel, "beforePause + counter")).result, "6");
    assert.equal((await debug.request("debugInfo"))["isStarted"], true);
  });

  it("is still possible, and endless cells still end, when a cell has been interrupted", async () => {
    await debug.request("setExceptionBreakpoints", { filters: ["all"] });
    const endless = [
      "console.log('go'); for (;;) { try { for (;;) {} } catch {} }",
      "console.log('go'); for (;;) await null;",
      "console.log('go'); for (;;) await new Promise((r) => setTimeout(r, 1));",
    ];
    for (const code of endless) assert.match(await interrupted(code), /was interrupted/);
    await debug.request("setExceptionBreakpoints", { filters: [] });
    const { ended } = await debug.runUntilStopped("debugger;\ncounter;");
    await debug.request("continue");
    assert.equal((await ended).result, "5");
  });

  it("leaves the state alone when loops of microtasks are interrupted again and again", async () => {
    const code = "console.log('go'); for (;;) { try { throw new Error(); } catch {} await null; }";
    for (let turn = 0; turn < 12; turn++) assert.match(await interrupted(code), /was interrupted/);
    assert.equal((await runCell(kernel, "counter")).result, "5");
  });

  it("ends what an interrupted cell leaves behind when that meets a breakpoint", async () => {
    const code = `import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
const { port1, port2 } = new MessageChannel();
port1.on("message", () => {
  debugger;
  port2.postMessage("again");
});
console.log("go");
await sleep(1e6).catch(() => port2.postMessage("once"));`;
    assert.match(await interrupted(code), /was interrupted/);
    // It may have met the breakpoint after the end of the cell.
    await debug.request("disconnect", { restart: false });
    assert.equal((await runCell(kernel, "port1.close(); counter")).result, "5");
    await debug.attach();
  });

  /** Interrupts a cell once it has printed something, and gives what its error says. */
  const interrupted = async (code: string): Promise<string> => {
    const controller = new AbortController();
    const onMessage = (message: IopubMessage): void => {
      if (message.type === "stream") controller.abort();
    };
    const { reply } = await runCell(kernel, code, { onMessage, signal: controller.signal });
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "KeyboardInterrupt");
    return reply.evalue;
  };

  it("goes on where code stands in a callback though no cell runs, when interrupted", async () => {
    await runCell(kernel, "setTimeout(() => { debugger; counter = 77; }, 10);");
    await debug.event("stopped");
    await kernel.interrupt();
    await debug.event("continued");
    assert.equal((await runCell(kernel, "counter")).result, "5");
  });

  it("lets the cell go when the client disconnects, and can be attached again while it runs", async () => {
    const code = "let going = true;\ndebugger;\nwhile (going) await new Promise((r) => setTimeout(r, 1));";
    const { ended } = await debug.runUntilStopped(code);
    await debug.request("disconnect", { restart: false });
    assert.equal((await debug.request("debugInfo"))["isStarted"], false);
    await debug.attach();
    await debug.request("pause");
    await debug.event("stopped");
    await debug.request("evaluate", { expression: "going = false" });
    await debug.request("continue");
    assert.equal((await ended).reply.status, "ok");
  });

  it("ends, and can start anew, when the executor dies at a breakpoint", async () => {
    const { ended } = await debug.runUntilStopped("debugger;");
    await debug.refused("evaluate", { expression: "process.kill(process.pid, 'SIGKILL')" });
    await debug.event("terminated");
    const { reply } = await ended;
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "ExecutorDied");
    assert.deepEqual((await debug.request("inspectVariables"))["variables"], []);
    await debug.attach();
    const next = await debug.runUntilStopped("debugger;\n1 + 1");
    await debug.request("continue");
    assert.equal((await next.ended).result, "2");
  });
});

describe("a paused kernel", function () {
  this.timeout(20_000);

  it("ends when it is shut down", async () => {
    const kernel = await startTestKernel();
    const debug = openDebugSession(kernel);
    await debug.request("attach");
    const { ended } = await debug.runUntilStopped("debugger;");
    await Promise.all([assert.rejects(ended, { code: "E_KERNEL_DIED" }), kernel.shutdown()]);
  });

  it("answers heartbeats, and goes on when its last client has gone without a word", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    const ports = { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 };
    const info: ConnectionInfo = { transport: "ipc", ip: path.join(folder, "s"), ports, key: createKey() };
    const file = path.join(folder, "connection.json");
    await writeConnectionFile(file, info);
    const main = path.join(repositoryRoot, "dist/kernel/main.js");
    const child = spawn(process.execPath, [main, "--connection-file", file], { stdio: "ignore" });
    const closed = new Promise((resolve) => child.once("close", resolve));
    const gone = new KernelError("E_KERNEL_DIED", "the test closes its sockets");

    const first = openRequests(info);
    await first.welcomed;
    await first.send("control", "debug_request", { type: "request", seq: 1, command: "attach" });
    const stopped = new Promise<void>((resolve) => {
      first.onIopub((message) => {
        if (message.type === "debug_event" && message.content.event === "stopped") resolve();
      });
    });
    const marker = path.join(folder, "marker");
    const code = `debugger;\nrequire("node:fs").writeFileSync(${JSON.stringify(marker)}, "");`;
    const running = first.send("shell", "execute_request", { code });
    await stopped;
    const heart = new Request({ linger: 0 });
    heart.connect(endpoint(info, "hb"));
    await heart.send("beat");
    assert.equal(String((await heart.receive())[0]), "beat");
    heart.close();
    first.fail(gone);
    await assert.rejects(running, gone);
    while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 10));

    const second = openRequests(info);
    await second.welcomed;
    const reply = await second.send("shell", "execute_request", { code: "1 + 1" });
    assert.equal(reply["status"], "ok");
    const { body } = await second.send("control", "debug_request", {
      type: "request",
      seq: 1,
      command: "debugInfo",
    });
    assert.equal((body as { isStarted: boolean }).isStarted, false);
    await second.send("control", "shutdown_request", { restart: false });
    second.fail(gone);
    assert.equal(await closed, 0);
    await rm(folder, { recursive: true });
  });
});

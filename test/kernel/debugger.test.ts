/** Tests of the debugger: breakpoints, steps, frames, variables, exceptions, and what ends a pause. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Request } from "zeromq";
import { openRequests } from "../../kernel/client/requests.ts";
import { murmur2 } from "../../kernel/debugger/murmur2.ts";
import { KernelError } from "../../kernel/index.ts";
import type { KernelClient } from "../../kernel/index.ts";
import { createKey, endpoint, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { openDebugSession } from "./debug-session.ts";
import type { DebugSession, Frame } from "./debug-session.ts";
import { runCell, startTestKernel } from "./session.ts";

const places = (frames: Frame[]): [string, number][] => frames.map(({ name, line }) => [name, line]);

describe("murmur2", () => {
  // From ipykernel 7.4.0, ipykernel.compiler.murmur2_x86.
  const known: [string, number][] = [
    ["", 275646681],
    ["a", 2731586172],
    ["ab", 316155434],
    ["abc", 479470107],
    ["const a = 1;\n", 2574593876],
    ["héllo €", 2799633589],
  ];
  for (const [text, hash] of known) {
    it(`is that of ipykernel when the text is ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.equal(murmur2(text, 0x9747b28c), hash);
    });
  }
});

describe("debugger", function () {
  this.timeout(20_000);
  let kernel: KernelClient;
  let debug: DebugSession;
  const declarations = [
    "interface Dose { mg: number }",
    "function twice(dose: Dose): number {",
    "  const result = dose.mg * 2;",
    "  return result;",
    "}",
    "let counter = 0;",
  ].join("\n");
  const attach = async (): Promise<void> => {
    await debug.request("initialize", { clientID: "test", supportsVariableType: true });
    await debug.request("attach");
    await debug.event("initialized");
    await debug.request("configurationDone");
  };

  before(async () => {
    kernel = await startTestKernel();
    debug = openDebugSession(kernel);
    await runCell(kernel, declarations);
  });
  after(() => kernel.shutdown());
  // A test that fails at a breakpoint would fail those after it.
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await kernel.interrupt();
  });

  it("is announced when a client asks what the kernel can do", () => {
    assert.equal(kernel.info.debugger, true);
    assert.ok(kernel.info.supported_features.includes("debugger"));
  });

  it("says how cells are called and that it has not started when nobody has attached", async () => {
    const info = await debug.request("debugInfo");
    assert.equal(info["isStarted"], false);
    const { hashSeed, tmpFilePrefix, tmpFileSuffix } = info as Record<string, string>;
    const expected = `${tmpFilePrefix ?? ""}${murmur2("1 + 1", Number(hashSeed))}${tmpFileSuffix ?? ""}`;
    assert.equal(await debug.path("1 + 1"), expected);
  });

  it("lists the notebook's variables when nobody has attached", async () => {
    const { variables } = await debug.request("inspectVariables");
    const names = (variables as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ["twice", "counter"]);
  });

  it("refuses to step when nobody has attached", async () => {
    assert.match(await debug.refused("next", { threadId: 1 }), /not attached/);
    assert.match(await debug.refused("fly"), /does not know the request "fly"/);
  });

  describe("attached", () => {
    before(attach);

    it("stops in the cell's line and shows its frame when a breakpoint is met", async () => {
      const code = "// the first line\nconst dose: Dose = { mg: 5 };\nconst sum = twice(dose);\nsum;";
      await debug.breakAt(code, 3);
      const { ended, frames, reason } = await debug.runUntilStopped(code);
      assert.equal(reason, "breakpoint");
      assert.deepEqual(places(frames), [["cell 2", 3]]);
      assert.equal(frames[0]?.source.path, await debug.path(code));
      const { Notebook, ...others } = await debug.texts();
      assert.equal(Notebook?.["dose"], "{ mg: 5 }");
      assert.equal(Notebook["sum"], undefined);
      assert.deepEqual(others, {});
      await debug.request("continue", { threadId: 1 });
      assert.equal((await ended).result, "10");
    });

    it("steps over, into a function of another cell, and out when asked to", async () => {
      const code = "counter += 1;\ncounter += twice({ mg: 21 });\ncounter += 1;";
      await debug.breakAt(code, 1);
      const { ended } = await debug.runUntilStopped(code);
      assert.deepEqual(places(await debug.go("next")), [["cell 3", 2]]);
      assert.deepEqual(places(await debug.go("stepIn")), [
        ["twice", 3],
        ["cell 3", 2],
      ]);
      const [top] = await debug.go("next");
      assert.equal(top?.source.path, await debug.path(declarations));
      const { Local } = await debug.texts();
      assert.deepEqual(Local, { dose: "{ mg: 21 }", result: "42", "return value": "42" });
      assert.deepEqual(places(await debug.go("stepOut")), [["cell 3", 3]]);
      await debug.request("continue");
      assert.equal((await ended).reply.status, "ok");
    });

    it("stops in a function of a cell that has run when its breakpoint is set later", async () => {
      const code = "const half = (x: number): number =>\n  x / 2;\nhalf(2);";
      await runCell(kernel, code);
      const source = { path: await debug.path(code) };
      const { breakpoints } = await debug.request("setBreakpoints", { source, breakpoints: [{ line: 2 }] });
      const [breakpoint] = breakpoints as { verified: boolean; line: number }[];
      assert.deepEqual([breakpoint?.verified, breakpoint?.line], [true, 2]);
      const { ended, frames } = await debug.runUntilStopped("half(8)");
      assert.deepEqual(places(frames), [
        ["half", 2],
        ["cell 5", 1],
      ]);
      await debug.request("setBreakpoints", { source, breakpoints: [] });
      await debug.request("continue");
      assert.equal((await ended).result, "4");
    });

    it("moves a breakpoint to the next line with code and says so when the cell runs", async () => {
      const code =
        "interface Shape {\n  sides: number;\n}\n// nothing\nconst shape: Shape = { sides: 4 };\nshape.sides";
      const source = { path: await debug.path(code) };
      const given = { source, breakpoints: [{ line: 1 }, { line: 4 }, { line: 6 }] };
      const { breakpoints } = await debug.request("setBreakpoints", given);
      assert.deepEqual(
        (breakpoints as { verified: boolean }[]).map(({ verified }) => verified),
        [false, false, false],
      );
      const changed = debug.event("breakpoint");
      const ended = runCell(kernel, code);
      const { breakpoint } = (await changed).body as { breakpoint: { line: number; verified: boolean } };
      assert.deepEqual([breakpoint.line, breakpoint.verified], [5, true]);
      await debug.event("stopped");
      assert.deepEqual(places(await debug.go("continue")), [["cell 6", 6]]);
      await debug.request("continue");
      assert.equal((await ended).result, "4");
      await debug.breakAt(code);
    });

    it("stops only where a condition holds, and at the hits that are asked for", async () => {
      const code = "let total = 0;\nfor (let i = 0; i < 10; i++) {\n  total += i;\n}";
      const source = { path: await debug.path(code) };
      const set = (fields: Record<string, string>): Promise<unknown> =>
        debug.request("setBreakpoints", { source, breakpoints: [{ line: 3, ...fields }] });
      await set({ condition: "i === 4 && total > 5" });
      const first = await debug.runUntilStopped(code);
      assert.equal((await debug.texts())["Local"]?.["i"], "4");
      await debug.request("continue");
      await first.ended;
      await set({ hitCondition: "8" });
      const second = await debug.runUntilStopped(code);
      assert.equal((await debug.texts())["Local"]?.["i"], "7");
      await set({});
      await debug.breakAt(code);
      await debug.request("continue");
      await second.ended;
    });

    it("evaluates in a frame, with its locals before the notebook's variables, when asked to", async () => {
      const code = "function shadow(counter: string) {\n  debugger;\n  return counter;\n}\nshadow('local')";
      const { ended, frames } = await debug.runUntilStopped(code);
      const evaluate = async (expression: string, frame: Frame | undefined): Promise<unknown> =>
        (await debug.request("evaluate", { expression, frameId: frame?.id ?? 0 }))["result"];
      assert.equal(await evaluate("counter + twice({ mg: 1 })", frames[0]), "'local2'");
      assert.equal(await evaluate("typeof counter", frames[1]), "'number'");
      assert.equal(await evaluate("{ counter }", frames[0]), "{ counter: 'local' }");
      assert.equal(await evaluate("let x = 2; x * 2", frames[0]), "4");
      assert.equal(await evaluate("(counter as string).length", frames[0]), "5");
      await evaluate("counter = 1000", frames[1]);
      const refused = await debug.refused("evaluate", {
        expression: "nothing.at",
        frameId: frames[0]?.id ?? 0,
      });
      assert.equal(refused, "ReferenceError: nothing is not defined");
      const hover = { expression: "counter = 'changed'", frameId: frames[0]?.id ?? 0, context: "hover" };
      assert.match(await debug.refused("evaluate", hover), /side-effect/);
      await debug.request("continue");
      assert.equal((await ended).result, "'local'");
      assert.equal((await runCell(kernel, "counter")).result, "1000");
    });

    it("shows children of every kind, in pages, when a variable is opened", async () => {
      const code = [
        "class Ward { #beds = 3; constructor(readonly name: string) {} get free() { return this.#beds; } }",
        "const list = Array.from({ length: 12345 }, (_, i) => i * 2);",
        "const map = new Map<unknown, unknown>([['a', [1]], [{ k: 1 }, 2]]);",
        "const set = new Set(['x']);",
        "const floats = new Float32Array(3).fill(0.5);",
        "const ward = new Ward('north');",
        "debugger;",
      ].join("\n");
      const { ended } = await debug.runUntilStopped(code);
      const { Notebook = [] } = await debug.scopes();
      const open = async (name: string, page = {}): Promise<Record<string, string>> => {
        const found = Notebook.find((variable) => variable.name === name);
        const list = await debug.children(found?.variablesReference ?? 0, page);
        return Object.fromEntries(list.map((child) => [child.name, child.value]));
      };
      const value = (name: string): string | undefined => Notebook.find((one) => one.name === name)?.value;
      assert.equal(value("list"), "(12345) [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, …]");
      assert.equal(value("map"), "Map(2) { 'a' => Array(1), Object => 2 }");
      assert.equal(value("ward"), "Ward { #beds: 3, name: 'north' }");
      assert.equal(Notebook.find((one) => one.name === "list")?.indexedVariables, 12345);
      assert.deepEqual(await open("list", { filter: "indexed", start: 12343, count: 100 }), {
        12343: "24686",
        12344: "24688",
      });
      const whole = await open("list");
      assert.deepEqual(Object.keys(whole).slice(0, 2), ["[0 … 9999]", "[10000 … 12344]"]);
      assert.equal(whole["length"], "12345");
      assert.deepEqual(await open("map"), { "'a'": "(1) [1]", "{ k: 1 }": "2" });
      assert.deepEqual(await open("set"), { 0: "'x'" });
      assert.deepEqual(await open("floats"), { 0: "0.5", 1: "0.5", 2: "0.5" });
      const ward = await open("ward");
      assert.deepEqual([ward["name"], ward["#beds"]], ["'north'", "3"]);
      await debug.request("continue");
      await ended;
      const stale = await debug.refused("variables", {
        variablesReference: Notebook[0]?.variablesReference ?? 0,
      });
      assert.match(stale, /the cell has gone on/);
    });

    it("changes variables of frames, objects and the notebook when asked to", async () => {
      const code =
        "const box = { n: 1 };\nfunction f() {\n  let local = 1;\n  debugger;\n  return local;\n}\n[f(), box.n, counter];";
      const { ended } = await debug.runUntilStopped(code);
      const { scopes } = await debug.request("scopes", { frameId: (await debug.frames())[0]?.id ?? 0 });
      const [local, notebook] = (scopes as { variablesReference: number }[]).map(
        (one) => one.variablesReference,
      );
      const set = (variablesReference: number | undefined, name: string, value: string): Promise<unknown> =>
        debug.request("setVariable", { variablesReference: variablesReference ?? 0, name, value });
      const box = (await debug.children(notebook ?? 0)).find(({ name }) => name === "box");
      await set(local, "local", "7 * 6");
      await set(box?.variablesReference, "n", "local + 1");
      await set(notebook, "counter", "-1");
      await debug.request("continue");
      assert.equal((await ended).result, "[ 42, 43, -1 ]");
    });

    it("makes a local variable one of the notebook, which later cells know, when it is copied", async () => {
      const code = "function g() {\n  const secret = [1, 2];\n  debugger;\n  return secret;\n}\ng().length";
      const { ended, frames } = await debug.runUntilStopped(code);
      const names = { srcVariableName: "secret", dstVariableName: "copied", srcFrameId: frames[0]?.id ?? 0 };
      await debug.request("copyToGlobals", names);
      assert.match(await debug.refused("copyToGlobals", { ...names, dstVariableName: "class" }), /class/);
      await debug.request("continue");
      await ended;
      assert.equal((await runCell(kernel, "copied.concat(3)")).result, "[ 1, 2, 3 ]");
    });

    it("shows a value as a cell would when it is inspected richly", async () => {
      const code = "import { html } from 'residency/cell';\nconst page = html('<b>x</b>');\ndebugger;";
      const { ended, frames } = await debug.runUntilStopped(code);
      const inPause = await debug.request("richInspectVariables", {
        variableName: "page",
        frameId: frames[0]?.id ?? 0,
      });
      assert.deepEqual(inPause["data"], { "text/html": "<b>x</b>" });
      await debug.request("continue");
      await ended;
      const later = await debug.request("richInspectVariables", { variableName: "counter" });
      assert.deepEqual(later["data"], { "text/plain": "-1" });
      assert.match(await debug.refused("richInspectVariables", { variableName: "0" }), /variableName/);
    });

    it("stops in a file that a cell imports and gives its code, and that of no other file", async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
      const file = path.join(folder, "ward.mjs");
      const text = "// a ward\nexport function free(beds) {\n  const left = beds - 1;\n  return left;\n}\n";
      await writeFile(file, text);
      assert.match(await debug.refused("source", { source: { path: file } }), /neither a cell nor a loaded/);
      await debug.request("setBreakpoints", { source: { path: file }, breakpoints: [{ line: 4 }] });
      const code = `const { free } = await import(${JSON.stringify(file)});\nfree(3);`;
      const { ended, frames } = await debug.runUntilStopped(code);
      assert.equal(frames[0]?.source.path, file);
      const lines = frames.map(({ line }) => line);
      assert.deepEqual(lines, [4, 2]);
      assert.equal((await debug.texts())["Local"]?.["left"], "2");
      const { content } = await debug.request("source", { source: { path: file } });
      assert.equal(content, text);
      const { modules } = await debug.request("modules");
      assert.deepEqual(
        (modules as { name: string }[]).map(({ name }) => name),
        ["ward.mjs"],
      );
      await debug.request("setBreakpoints", { source: { path: file }, breakpoints: [] });
      await debug.request("continue");
      assert.equal((await ended).result, "2");
      await rm(folder, { recursive: true });
      const cell = await debug.request("source", { source: { path: await debug.path(declarations) } });
      assert.equal(cell["content"], declarations);
    });

    it("stops where a cell fails, also after an await, and not where it catches", async () => {
      await debug.request("setExceptionBreakpoints", { filters: ["uncaught"] });
      for (const code of ["throw new RangeError('bad');", "await null;\nthrow new RangeError('bad');"]) {
        const { ended, frames, reason } = await debug.runUntilStopped(code);
        assert.equal(reason, "exception");
        assert.equal(frames[0]?.line, code.split("\n").length);
        const info = await debug.request("exceptionInfo", { threadId: 1 });
        assert.deepEqual([info["exceptionId"], info["description"]], ["RangeError", "RangeError: bad"]);
        await debug.request("continue");
        const { reply } = await ended;
        assert.ok(reply.status === "error");
        assert.equal(reply.ename, "RangeError");
      }
      const caught = "try { JSON.parse('{'); } catch { counter = 5; }\ncounter";
      assert.equal((await runCell(kernel, caught)).result, "5");
      await debug.request("setExceptionBreakpoints", { filters: ["all"] });
      const { ended, reason } = await debug.runUntilStopped(caught);
      assert.equal(reason, "exception");
      await debug.request("setExceptionBreakpoints", { filters: [] });
      await debug.request("continue");
      await ended;
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
    const runningVariable = async (name: string): Promise<boolean> => {
      const { variables } = await debug.request("inspectVariables");
      return (variables as { name: string; value: string }[]).some(
        (one) => one.name === name && one.value === "true",
      );
    };

    it("steps over an await when the cell waits", async () => {
      const code =
        "debugger;\nconst waited = await new Promise<number>((r) => setTimeout(r, 20, 3));\nwaited;";
      const { ended } = await debug.runUntilStopped(code);
      await debug.go("next");
      const [top] = await debug.go("next");
      assert.equal(top?.line, 3);
      await debug.request("continue");
      assert.equal((await ended).result, "3");
    });

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
      await attach();
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
      await attach();
      const next = await debug.runUntilStopped("debugger;\n1 + 1");
      await debug.request("continue");
      assert.equal((await next.ended).result, "2");
    });
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

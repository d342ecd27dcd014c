/** Tests of the debugger: breakpoints in cells and files, steps, conditions and exceptions. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { murmur2 } from "../../kernel/debugger/murmur2.ts";
import type { KernelClient } from "../../kernel/index.ts";
import { openDebugSession } from "./debug-session.ts";
import type { DebugSession, Frame } from "./debug-session.ts";
import { runCell, startTestKernel } from "./session.ts";

const places = (frames: Frame[]): [string, number][] => frames.map(({ name, line }) => [name, line]);

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

  it("attaches when asked to", async () => {
    await debug.attach();
    assert.equal((await debug.request("debugInfo"))["isStarted"], true);
  });

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
      (breakpoints as { verified: boolean; line: number }[]).map(({ verified, line }) => [line, verified]),
      [
        [5, false],
        [5, false],
        [6, false],
      ],
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

  it("leaves breakpoints where they are when the cell has no statement behind them, or is wrong", async () => {
    for (const code of ["let before = 1;\n// nothing\n// more", "let wrong = ;\n\nlet right = 1;"]) {
      const source = { path: await debug.path(code) };
      const { breakpoints } = await debug.request("setBreakpoints", { source, breakpoints: [{ line: 2 }] });
      assert.equal((breakpoints as { line: number }[])[0]?.line, 2);
      await debug.breakAt(code);
    }
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

  it("steps over an await when the cell waits", async () => {
    const code = "debugger;\nconst waited = await new Promise<number>((r) => setTimeout(r, 20, 3));\nwaited;";
    const { ended } = await debug.runUntilStopped(code);
    await debug.go("next");
    const [top] = await debug.go("next");
    assert.equal(top?.line, 3);
    await debug.request("continue");
    assert.equal((await ended).result, "3");
  });
});

/** Tests of what the debugger shows: expressions, variables and their children, and values as cells display them. */
import assert from "node:assert/strict";
import type { KernelClient } from "../../kernel/index.ts";
import { openDebugSession } from "./debug-session.ts";
import type { DebugSession, Frame } from "./debug-session.ts";
import { runCell, startTestKernel } from "./session.ts";

describe("the debugger's variables", function () {
  this.timeout(20_000);
  let kernel: KernelClient;
  let debug: DebugSession;

  before(async () => {
    kernel = await startTestKernel();
    debug = openDebugSession(kernel);
    await runCell(kernel, "let counter = 0;\nconst twice = (dose: { mg: number }): number => dose.mg * 2;");
    await debug.attach();
  });
  after(() => kernel.shutdown());
  // A test that fails at a breakpoint would fail those after it.
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await kernel.interrupt();
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
});

/** Tests of a real kernel over real sockets: cells and what they put out. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel, textOf } from "./session.ts";
import type { CellRun } from "./session.ts";

describe("kernel", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  let folder: string;
  before(async () => {
    // Nothing is installed there.
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    kernel = await startTestKernel({ cwd: folder });
  });
  after(async () => {
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });
  const run = (code: string, options = {}): Promise<CellRun> => runCell(kernel, code, options);

  it("says what it is when asked", () => {
    assert.equal(kernel.info.implementation, "residency");
    assert.equal(kernel.info.protocol_version, "5.4");
    assert.equal(kernel.info.language_info.name, "typescript");
    assert.equal(kernel.info.language_info.file_extension, ".ts");
  });

  it("gives bare text and one result when a cell ends in a value", async () => {
    for (const [code, expected] of [
      ["1 + 1", "2"],
      ["'a'", "'a'"],
      ["({ a: 1 })", "{ a: 1 }"],
      ["undefined", undefined],
      ["const x = 1", undefined],
      ["new Proxy({}, { get() { throw new Error('no'); } })", "{}"],
      ["10n", "10n"],
      ["() => 1", "[Function (anonymous)]"],
      ["#!/usr/bin/env node\n1, 2", "2"],
    ]) {
      const { reply, outputs, result } = await run(code ?? "");
      assert.equal(reply.status, "ok", code);
      assert.equal(result, expected);
      assert.equal(outputs.length, expected === undefined ? 0 : 1);
    }
  });

  it("sends busy, input, streams, result and idle in this order when a cell runs", async () => {
    const messages: IopubMessage[] = [];
    await run("console.log('out'); console.error('err'); process.stdout.write('more\\n'); 5", {
      onMessage: (message: IopubMessage) => messages.push(message),
    });
    const types = messages.map((message) =>
      message.type === "stream" ? `${message.content.name}:${message.content.text}` : message.type,
    );
    assert.deepEqual(types, [
      "status",
      "execute_input",
      "stdout:out\n",
      "stderr:err\n",
      "stdout:more\n",
      "execute_result",
      "status",
    ]);
  });

  it("counts executions when they are stored, and not when they are silent", async () => {
    const count = async (options: object): Promise<unknown> => {
      const { reply } = await run("0", options);
      return reply.execution_count;
    };
    const first = Number(await count({}));
    assert.equal(await count({}), first + 1);
    assert.equal(await count({ silent: true }), first + 1);
    assert.equal((await run("console.log(1); 2", { silent: true })).outputs.length, 0);
    assert.equal(await count({}), first + 2);
  });

  it("keeps state, redeclares and awaits when cells follow each other", async () => {
    await run("let n = 1; const next = () => ++n; class A { id = n }");
    assert.equal((await run("next(); n")).result, "2");
    await run("const n = 'text'; class A { name = n }");
    assert.equal((await run("await Promise.resolve(new A().name)")).result, "'text'");
  });

  it("reports errors alike on iopub and in the reply when a cell throws", async () => {
    const { reply, outputs } = await run(
      "const before = 1;\nfunction f(): never {\n  throw new RangeError('boom');\n}\nf();",
    );
    assert.ok(reply.status === "error");
    const { ename, evalue, traceback } = reply;
    assert.deepEqual(outputs, [{ output_type: "error", ename, evalue, traceback }]);
    assert.deepEqual([ename, evalue], ["RangeError", "boom"]);
    assert.match(
      traceback.join("\n"),
      /^RangeError: boom\n {4}at f \(cell \d+:3:9\)\n {4}at cell \d+:5:[12]\n/,
    );
    assert.match(traceback.join("\n"), /> 3 \| {3}throw new RangeError\('boom'\);\n/);
    assert.equal((await run("before")).result, "1");
  });

  it("reports type errors before anything runs when a cell has some", async () => {
    const { reply, text } = await run("console.log('ran');\nconst n: number = 'x';");
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "TypeScriptError");
    assert.equal(reply.evalue, "Type 'string' is not assignable to type 'number'.");
    assert.match(reply.traceback.join("\n"), /at cell \d+:2:7\n/);
    assert.equal(text, "");
  });

  it("describes what was thrown when that is no error", async () => {
    const { reply } = await run("throw { code: 5 }");
    assert.ok(reply.status === "error");
    assert.deepEqual([reply.ename, reply.evalue], ["Error", "{ code: 5 }"]);
  });

  it("tells the stacks of errors in a cell's own lines when they are printed, displayed or its result", async () => {
    const { outputs, text, result } = await run(
      "const made = Object.assign(new Error('made'), { status: 4 });\nconsole.error(made);\ndisplay(made);\nmade",
    );
    const expected = /^Error: made\n {4}at cell \d+:1:28 \{\n {2}status: 4\n\}\n?$/;
    assert.match(text, expected);
    assert.match(String(result), expected);
    assert.match(JSON.stringify(outputs), /"display_data"[^}]*Error: made\\n {4}at cell/);
    const { reply } = await run("function again(): number {\n  return again() + 1;\n}\nagain()");
    assert.ok(reply.status === "error");
    assert.match(reply.traceback.join("\n"), /at again \(cell \d+:2:\d+\)\n {4}… \d+ more times/);
  });

  it("aborts queued cells when one fails, and runs them when stop_on_error is false", async () => {
    const [failed, aborted] = await Promise.all([
      run("throw new Error('x')", { stopOnError: true }),
      run("1", { stopOnError: true }),
    ]);
    assert.equal(failed.reply.status, "error");
    assert.equal(aborted.reply.status, "aborted");
    const [, second] = await Promise.all([run("throw new Error('x')"), run("1")]);
    assert.equal(second.reply.status, "ok");
  });

  it("shows MIME bundles and updates them when a cell displays values", async () => {
    const { outputs } = await run(`
      import { html, clearOutput } from "residency/cell";
      const shown = display(html("<b>x</b>"), { id: "one" });
      shown.update(html("<b>y</b>"));
      display({ async [Symbol.for("Jupyter.display")]() { return { "image/png": new Uint8Array([1, 2]) }; } });
      ({ [Symbol.for("Jupyter.display")]: () => ({ "text/markdown": "# r" }) })`);
    assert.deepEqual(
      outputs.map((output) => "data" in output && output.data),
      [{ "text/html": "<b>y</b>" }, { "image/png": "AQI=" }, { "text/markdown": "# r" }],
    );
    assert.equal((await run("console.log('a'); clearOutput(); console.log('b')")).text, "b\n");
  });

  it("brings Plotly to the page once and draws figures in HTML when they are shown", async () => {
    const figure = `plotly({ data: [{ y: [1, 2] }], layout: { title: { text: "a</script>" } } })`;
    const first = await run(`import { plotly } from "residency/cell";\n${figure}`);
    const second = await run(figure);
    assert.equal(first.outputs.length, 2);
    assert.equal(second.outputs.length, 1);
    const [script] = first.outputs;
    assert.ok(script?.output_type === "display_data");
    assert.ok(textOf(script, "text/html").length > 1_000_000);
    const [output] = second.outputs;
    assert.ok(output?.output_type === "execute_result");
    assert.ok(output.data["application/vnd.plotly.v1+json"]);
    assert.match(textOf(output, "text/html"), /Plotly\.newPlot/);
    assert.equal(textOf(output, "text/html").split("</script>").length, 2);
    assert.equal(
      output.data["text/plain"],
      'Plotly figure "a</script>": line of 2 points; y axis from 1 to 2.',
    );
  });

  it("charges late output to its own cell when another has run since", async () => {
    const parents = new Map<string, string | undefined>();
    const stop = kernel.onIopub((message) => {
      if (message.type === "stream") parents.set(message.content.text, message.parentId);
    });
    let parent: string | undefined;
    const note = (message: IopubMessage): void => void (parent = message.parentId);
    await run(
      "setTimeout(() => console.log('late'), 50); void new Promise(r => setTimeout(r, 60)).then(() => { throw new Error('rejected') }); setTimeout(() => { throw new Error('thrown') }, 70)",
      { onMessage: note },
    );
    const own = parent;
    const { text } = await run("await new Promise((r) => setTimeout(r, 150)); console.log('mine')");
    stop();
    assert.equal(text, "mine\n");
    assert.equal(parents.get("late\n"), own);
    for (const word of ["rejected", "thrown"]) {
      const [found] = [...parents].filter(([late]) => late.includes(word));
      assert.match(found?.[0] ?? "", new RegExp(`Uncaught Error: ${word}\n {4}at .*cell \\d+:1:`));
      assert.equal(found?.[1], own, word);
    }
  });

  it("runs plain JavaScript that does not type-check when it begins with @ts-nocheck", async () => {
    const plain = "function twice(n) { return 2 * n; }\nlet drug = {}; drug.dose = twice(21);\ndrug.dose";
    const { reply } = await run(plain);
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "TypeScriptError");
    assert.equal((await run(`// @ts-nocheck\n${plain}`)).result, "42");
    // What it declares is there for later cells, which are checked.
    assert.equal((await run("twice('3')")).result, "6");
    assert.equal((await run("// @ts-nocheck\ndrug.dose += 1; Object.keys(drug)")).result, "[ 'dose' ]");
    const later = await run("const wrong: number = 'x';");
    assert.ok(later.reply.status === "error");
    assert.equal(later.reply.ename, "TypeScriptError");
  });

  it("runs tslab notebooks unchanged when tslab is not installed", async () => {
    const { outputs } = await run(
      "import * as tslab from 'tslab';\ntslab.display.html('<i>t</i>');\ntslab.display.png(new Uint8Array([1]));",
    );
    assert.deepEqual(
      outputs.map((output) => "data" in output && output.data),
      [{ "text/html": "<i>t</i>" }, { "image/png": "AQ==" }],
    );
  });

  it("captures what child processes write when they inherit the streams", async () => {
    const { text } = await run(
      "import { spawnSync } from 'node:child_process';\nvoid spawnSync('echo', ['child'], { stdio: 'inherit' });",
    );
    assert.equal(text, "child\n");
  });

  it("keeps Node's warnings off the cell's stderr when there are any", async () => {
    const { outputs } = await run(
      "process.emitWarning('careful'); await new Promise(r => setTimeout(r, 10));",
    );
    assert.deepEqual(outputs, []);
  });

  it("throws and lives when a cell calls process.exit", async () => {
    const { reply } = await run("process.exit(0)");
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "ProcessExit");
    assert.equal((await run("1")).result, "1");
  });
});

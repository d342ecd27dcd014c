/** Cells that misbehave; the numbers are those of the project's list of faults and bad input. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { createTypeScriptLanguage } from "../../kernel/language/typescript-language.ts";
import { repositoryRoot } from "../support/paths.ts";
import { startProtocolKernel } from "../support/protocol-client.ts";
import type { Exchange, ProtocolKernel, WireMessage } from "../support/protocol-client.ts";

describe("kernel under bad cells", function () {
  // Each takes a second or two; a busy machine may need more.
  this.timeout(20_000);
  let kernel: ProtocolKernel;
  before(async function () {
    this.timeout(20_000);
    kernel = await startProtocolKernel();
    // The first cell waits for the compiler, which takes its time on a busy machine.
    await kernel.exchange(start("let kept = 'kept';"));
  });
  after(() => kernel.stop());

  const start = (code: string, content: object = {}): string =>
    kernel.send("shell", "execute_request", { code, silent: false, allow_stdin: false, ...content });
  const resultOf = ({ published }: Exchange): unknown => {
    const result = published.find(({ header }) => header.msg_type === "execute_result");
    return (result?.content["data"] as Record<string, unknown> | undefined)?.["text/plain"];
  };
  const run = async (code: string, content: object = {}): Promise<Exchange> =>
    kernel.exchange(start(code, content));
  const assertAlive = async (): Promise<void> => assert.equal(resultOf(await run("kept")), "'kept'");
  const streamed = (id: string, text = ""): Promise<WireMessage> =>
    kernel.find(
      ({ header, parent_header: parent, content }) =>
        header.msg_type === "stream" && parent["msg_id"] === id && String(content["text"]).includes(text),
    );
  const failed = ({ reply }: Exchange): { ename: string; evalue: string; traceback: string } => {
    const { status, ename, evalue, traceback } = reply.content;
    assert.equal(status, "error");
    return { ename: String(ename), evalue: String(evalue), traceback: (traceback as string[]).join("\n") };
  };

  it("6: an endless loop is interrupted in two seconds with its state kept, and heartbeats come in 100 ms", async () => {
    const id = start("console.log('go'); for (;;) {}");
    await streamed(id);
    const beats: number[] = [];
    for (let beat = 0; beat < 5; beat++) {
      const sentAt = performance.now();
      await kernel.heartbeat(Buffer.from("beat"));
      beats.push(performance.now() - sentAt);
    }
    const median = beats.sort((a, b) => a - b)[2] ?? Infinity;
    assert.ok(median < 100, `heartbeats took ${beats.join(", ")} ms`);
    const interruptedAt = performance.now();
    await kernel.request("control", "interrupt_request", {});
    assert.equal(failed(await kernel.exchange(id)).ename, "KeyboardInterrupt");
    assert.ok(performance.now() - interruptedAt < 2000);
    await assertAlive();
  });

  it("8: an error after a cell's end is on that cell's standard error, and the kernel lives", async () => {
    const thrown = start("setTimeout(() => { throw new Error('late throw'); }, 20);");
    const rejected = start("setTimeout(() => void Promise.reject(new Error('late rejection')), 20);");
    await kernel.exchange(rejected);
    await run("1");
    assert.equal((await streamed(thrown, "late throw")).content["name"], "stderr");
    assert.equal((await streamed(rejected, "late rejection")).content["name"], "stderr");
    await assertAlive();
  });

  it("10: 200 MB of output is cut with a notice, in order, and can be interrupted", async () => {
    const textOf = ({ published }: Exchange): string =>
      published.map(({ content }) => (content["name"] === "stdout" ? String(content["text"]) : "")).join("");
    const small = await run(
      "for (let i = 0; i < 200_000; i++) process.stdout.write(String(i).padStart(999) + '\\n');",
    );
    const lines = textOf(small).split("\n");
    assert.match(textOf(small).slice(-200), /output cut: the cell wrote more than \d+ million characters/);
    assert.ok(textOf(small).length < 50e6);
    for (const [index, line] of lines.slice(0, 30_000).entries()) assert.equal(Number(line), index);
    const one = await run("process.stdout.write('x'.repeat(200_000_000));");
    assert.ok(textOf(one).length < 50e6);
    assert.match(textOf(one).slice(-200), /output cut/);
    const flood = start("for (;;) console.log('flood');");
    await streamed(flood);
    await kernel.request("control", "interrupt_request", {});
    assert.equal(failed(await kernel.exchange(flood)).ename, "KeyboardInterrupt");
    await assertAlive();
  });

  it("11: a cell behind one that throws is aborted, unless stop_on_error is false", async () => {
    const slowThrow = "await new Promise((r) => setTimeout(r, 50)); throw new Error('stop');";
    const first = start(slowThrow, { stop_on_error: true });
    const second = start("'ran'");
    const stopped = await kernel.exchange(first);
    const aborted = await kernel.exchange(second);
    assert.equal(stopped.reply.content["status"], "error");
    assert.equal(aborted.reply.content["status"], "aborted");
    const states = aborted.published.map(({ content }) => content["execution_state"]);
    assert.deepEqual(states, ["busy", "idle"]);
    const third = start(slowThrow, { stop_on_error: false });
    const fourth = start("'ran'");
    const count = Number((await kernel.exchange(third)).reply.content["execution_count"]);
    const ran = await kernel.exchange(fourth);
    assert.equal(resultOf(ran), "'ran'");
    assert.equal(ran.reply.content["execution_count"], count + 1);
    assert.equal(count, Number(stopped.reply.content["execution_count"]) + 1);
  });

  it("12: code that is no code is told with line and column, and the language service lives", async () => {
    const wrong: [string, RegExp][] = [
      ["let a = 1;\nconst b: string = 2;", /cell \d+:2:7\b/],
      ["let a = ;", /cell \d+:1:9\b/],
      ["(".repeat(5000) + "1" + ")".repeat(5000) + "; let = ;", /TypeScriptError/],
      [`"${"x".repeat(1_000_000)}".nope`, /nope.*\n\s+at cell \d+:1:1000004/],
      ["let \u0000 = 1;", /TypeScriptError/],
    ];
    for (const [code, expected] of wrong) {
      assert.match(failed(await run(code)).traceback, expected);
    }
    const right: [string, string][] = [
      ["'\ud800'.length", "1"],
      ["'\u0000'.length", "1"],
      ["const crlf = 1;\r\ncrlf + 1\r\n", "2"],
      ["\uFEFFconst bom = 2;\nbom + 1", "3"],
      [`"${"x".repeat(1_000_000)}".length`, "1000000"],
    ];
    for (const [code, expected] of right) assert.equal(resultOf(await run(code)), expected);
    const content = { code: "'😀'; kep", cursor_pos: 8 };
    const { reply } = await kernel.request("shell", "complete_request", content);
    assert.deepEqual(
      [reply.content["matches"], reply.content["cursor_start"], reply.content["cursor_end"]],
      [["kept"], 5, 8],
    );
  });

  it("13: names are declared anew, and modules that fail say why and can be repaired", async () => {
    const folder = await mkdtemp(path.join(repositoryRoot, "out-torture-"));
    try {
      await run("const twice = 1; class Twice { a = 1; }");
      const again = await run("const twice = 'two'; class Twice { b = 2; }\nnew Twice().b + twice");
      assert.equal(resultOf(again), "'2two'");
      const missing = failed(await run("import { x } from 'no-such-package-at-all';"));
      assert.match(missing.traceback, /no-such-package-at-all/);
      await writeFile(
        path.join(folder, "a.mjs"),
        "import { b } from './b.mjs'; export const a = 1; export const sum = () => a + b;",
      );
      await writeFile(
        path.join(folder, "b.mjs"),
        "import { a } from './a.mjs'; export const b = 2; export const later = () => a;",
      );
      await writeFile(path.join(folder, "bad.mjs"), "export const x = 1; throw new Error('top level');");
      const at = (name: string): string => `./${path.basename(folder)}/${name}`;
      assert.equal(resultOf(await run(`import { sum } from '${at("a.mjs")}';\nsum()`)), "3");
      assert.match(failed(await run(`import { x } from '${at("bad.mjs")}';`)).evalue, /top level/);
      await assertAlive();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("14: a question that nobody can answer fails, and one that nobody answers can be interrupted", async () => {
    const refused = failed(await run("await prompt('name?')", { allow_stdin: false }));
    assert.match(refused.evalue, /nobody can answer/);
    const waiting = start("await prompt('name?')", { allow_stdin: true });
    await kernel.find(
      ({ header, parent_header: parent }) =>
        header.msg_type === "input_request" && parent["msg_id"] === waiting,
    );
    await kernel.request("control", "interrupt_request", {});
    assert.equal(failed(await kernel.exchange(waiting)).ename, "KeyboardInterrupt");
    await assertAlive();
  });

  it("18: values that are hard to show are shown, cut or named, and nothing hangs", async () => {
    const image = await run(
      "import { png } from 'residency/cell';\ndisplay(png(new Uint8Array(50_000_000)));",
    );
    const shown = image.published.find(({ header }) => header.msg_type === "display_data");
    const { "image/png": base64 } = shown?.content["data"] as Record<string, string>;
    assert.equal(base64?.length, Math.ceil(50_000_000 / 3) * 4);
    const script = await run("import { html } from 'residency/cell';\nhtml('<script>alert(1)</script>')");
    assert.match(JSON.stringify(script.published), /<script>alert\(1\)<\/script>/);
    const hard: [string, RegExp][] = [
      ["const circular: Record<string, unknown> = {}; circular.self = circular; circular", /Circular/],
      ["({ toString() { throw new Error('no'); }, get x(): number { throw new Error('no'); } })", /Getter/],
      ["new Proxy({}, { get() { throw new Error('no'); }, ownKeys() { throw new Error('no'); } })", /./],
      [
        "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no'); } })",
        /cannot be shown: no/,
      ],
      ["2n ** 100n", /^1267650600228229401496703205376n$/],
      ["Array.from({ length: 1_000_000 }, (_, i) => i)", /more items/],
      ["'x'.repeat(50_000_000)", /more characters/],
    ];
    for (const [code, expected] of hard) {
      const text = String(resultOf(await run(code)));
      assert.match(text, expected);
      assert.ok(text.length < 200_000);
    }
    const broken = await run(
      "display({ [Symbol.for('Jupyter.display')]() { throw new Error('broken'); } });",
    );
    assert.match(failed(broken).evalue, /broken/);
    await assertAlive();
  });

  it("18: what is too long for a message is an error of its cell, and the kernel lives", async function () {
    this.timeout(60_000);
    // Each character is six of JSON, and a text has at most half a thousand million.
    const long = "'\\u0001'.repeat(95_000_000)";
    await run("import { html } from 'residency/cell';");
    const shown = await run(`display(html(${long}));\n'after'`);
    assert.equal(resultOf(shown), "'after'");
    assert.match(
      JSON.stringify(shown.published.map(({ content }) => content)),
      /"stderr","text":"output lost: A message of the type display_data is too long to be sent: /,
    );
    assert.match(failed(await run(`html(${long})`)).evalue, /type execute_result is too long to be sent/);
    const expression = `({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": ${long} }) })`;
    const { reply } = await run("1", { user_expressions: { long: expression } });
    assert.equal(reply.content["status"], "error");
    assert.match(String(reply.content["evalue"]), /type execute_reply is too long to be sent/);
    await assertAlive();
  });

  it("18: errors that are hard to show are told in bounds", async () => {
    const long = await run("throw new Error('x'.repeat(5_000_000))");
    assert.match(failed(long).evalue, /^x{20000}… 4980000 more characters$/);
    assert.ok(JSON.stringify(long.reply.content).length < 100_000);
    const many = await run("throw new AggregateError([new TypeError('one'), 'two'], 'many')");
    assert.match(
      failed(many).traceback,
      /AggregateError: many[^]*Error 1 of 2: TypeError: one[^]*Error 2 of 2: 'two'/,
    );
    const circular = await run("const self: any = new Error('self'); self.cause = self; throw self");
    assert.equal(failed(circular).evalue, "self");
    for (const value of ["null", "undefined", "Symbol('x')", "{ code: 1 }"]) {
      assert.equal(failed(await run(`throw ${value}`)).ename, "Error");
    }
    const hostile =
      "Object.defineProperty(new Error('a'), 'stack', { get() { throw new Error('no stack'); } })";
    assert.match(failed(await run(`throw ${hostile}`)).evalue, /no stack/);
  });

  it("6: lines are seen before the loop behind them when a cell follows another at once", async () => {
    for (let cell = 0; cell < 5; cell++) {
      await run("console.log('before')");
      const id = start("console.log('one'); console.log('two'); for (;;) {}");
      await streamed(id, "two");
      await kernel.request("control", "interrupt_request", {});
      assert.equal(failed(await kernel.exchange(id)).ename, "KeyboardInterrupt");
    }
  });

  it("10: a character that is split between two writes arrives whole", async () => {
    const { published } = await run(
      "const snow = Buffer.from('é☃😀');\nfor (const byte of snow) process.stdout.write(Buffer.from([byte]));",
    );
    const text = published
      .map(({ content }) => (content["name"] === "stdout" ? content["text"] : ""))
      .join("");
    assert.equal(text, "é☃😀");
  });

  it("19: memory stays bounded when many cells run", async () => {
    const language = createTypeScriptLanguage(repositoryRoot);
    v8.setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const heapAfter = (cells: number): number => {
      for (let cell = 0; cell < cells; cell++) language.compile({ code: "1 + 1", name: "cell" });
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapAfter(10);
    const growth = (heapAfter(20) - before) / 20;
    assert.ok(growth < 50_000, `the language service keeps ${growth} bytes a cell`);
    const resident = "process.memoryUsage().rss";
    const first = Number(resultOf(await run(resident)));
    for (let cell = 0; cell < 20; cell++) start("1 + 1");
    const grown = Number(resultOf(await run(resident))) - first;
    assert.ok(grown < 50e6, `the executor grew by ${grown} bytes`);
  });
});

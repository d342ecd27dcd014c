/** Tests of interrupts: every kind of endless cell stops and the state stays. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { findNativeCompiler } from "../../kernel/language/index.ts";
import { runCell, startTestKernel } from "./session.ts";

/** `(module (func (export "f") (loop (br 0))))` */
const endlessWasm = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 9, 1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b],
];

describe("interrupt", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel();
    await runCell(kernel, "let kept = 'kept';\nimport { setTimeout as sleep } from 'node:timers/promises';");
  });
  after(() => kernel.shutdown());

  const endless: [string, string][] = [
    ["a synchronous loop", "console.log('go'); while (true) {}"],
    [
      "a loop that catches everything",
      "console.log('go'); while (true) { try { while (true) {} } catch {} }",
    ],
    ["a microtask loop", "console.log('go'); while (true) await null;"],
    ["a timer loop", "console.log('go'); while (true) await new Promise((r) => setTimeout(r, 0));"],
    ["a loop over timers/promises", "console.log('go'); while (true) await sleep(1);"],
    ["an endless await", "console.log('go'); await new Promise(() => {});"],
    ["a loop that writes", "for (;;) console.log('go');"],
    ["a regular expression", "console.log('go'); /^(a+)+$/.test('a'.repeat(60) + 'b');"],
    [
      "a WASM loop",
      `const bytes = new Uint8Array([${endlessWasm.join()}]);
const { Module, Instance } = (globalThis as any).WebAssembly;
console.log('go'); new Instance(new Module(bytes)).exports.f();`,
    ],
    ["a blocked thread", "console.log('go'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
  ];
  for (const [name, code] of endless) {
    it(`ends ${name} and keeps the state when the cell runs`, async () => {
      const controller = new AbortController();
      let started = 0;
      const onMessage = (message: IopubMessage): void => {
        if (message.type !== "stream" || started > 0) return;
        started = performance.now();
        controller.abort();
      };
      const { reply } = await runCell(kernel, code, { onMessage, signal: controller.signal });
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "KeyboardInterrupt");
      assert.ok(performance.now() - started < 2000);
      assert.equal((await runCell(kernel, "kept")).result, "'kept'");
    });
  }

  it("ends the check of a cell's types and keeps the state when it takes long", async function () {
    if (!findNativeCompiler()) this.skip();
    // Two unions of 2,744 functions in different orders: each of the one is compared with each of the other.
    const code = `type D = 0|1|2|3|4|5|6|7|8|9|"a"|"b"|"c"|"d";
type T = \`\${D}\${D}\${D}\`;
type Turned<K> = K extends \`\${infer X}\${infer Y}\${infer Z}\` ? \`\${Z}\${Y}\${X}\` : never;
type A = { [K in T]: { f(): { g: (x: \`a\${K}\`) => { h: \`b\${K}\` } } } }[T];
type B = { [K in T]: { f(): { g: (x: \`a\${Turned<K>}\`) => { h: \`b\${Turned<K>}\` | \`c\${K}\` } } } }[T];
let slow: B = null! as A;`;
    // More often than a compiler may end by itself.
    for (let round = 0; round < 7; round++) {
      const running = runCell(kernel, code);
      await sleep(100);
      const started = performance.now();
      await kernel.interrupt();
      const { reply } = await running;
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "KeyboardInterrupt");
      assert.ok(performance.now() - started < 4000, `${performance.now() - started} ms`);
    }
    assert.equal((await runCell(kernel, "kept")).result, "'kept'");
    const wrong = await runCell(kernel, "const n: number = kept;");
    assert.ok(wrong.reply.status === "error");
    assert.equal(wrong.reply.ename, "TypeScriptError");
  });

  it("does nothing when no cell runs", async () => {
    await kernel.interrupt();
    assert.equal((await runCell(kernel, "kept")).result, "'kept'");
  });

  it("ends the endless callback of a cell that has ended when no cell runs", async () => {
    const started = new Promise<void>((resolve) => {
      const stop = kernel.onIopub(({ type }) => {
        if (type !== "stream") return;
        stop();
        resolve();
      });
    });
    await runCell(kernel, "setTimeout(() => { console.log('go'); for (;;); }, 1); 'ended'");
    await started;
    await kernel.interrupt();
    assert.equal((await runCell(kernel, "kept")).result, "'kept'");
  });

  it("stops the cell that waits for the end of an earlier interrupt when another one comes", async () => {
    const started = new Promise<void>((resolve) => {
      const stop = kernel.onIopub(({ type }) => {
        if (type !== "stream") return;
        stop();
        resolve();
      });
    });
    // A program that has to be killed, so that the first interrupt takes a quarter of a second.
    const blocks = `const { execFileSync } = require("node:child_process");
let ran = "no";
setTimeout(() => { console.log("go"); execFileSync("sh", ["-c", "trap '' INT; sleep 5 & wait"]); }, 1);`;
    await runCell(kernel, blocks);
    await started;
    // The program starts after the line is printed.
    await sleep(100);
    const first = kernel.interrupt();
    const next = runCell(kernel, "ran = 'yes';");
    await sleep(120);
    const secondAt = performance.now();
    await kernel.interrupt();
    const { reply } = await next;
    assert.ok(performance.now() - secondAt < 1500);
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "KeyboardInterrupt");
    assert.equal((await runCell(kernel, "ran + kept")).result, "'nokept'");
    await first;
  });

  it("works as SIGINT too when the kernel gets one", async () => {
    let sent = false;
    const onMessage = (message: IopubMessage): void => {
      if (message.type === "stream" && !sent) sent = process.kill(kernel.pid, "SIGINT");
    };
    const { reply } = await runCell(kernel, "console.log('go'); while (true) {}", { onMessage });
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "KeyboardInterrupt");
  });

  it("ends a cell that waits for input when nobody answers", async () => {
    const controller = new AbortController();
    const onStdin = (): Promise<string> => {
      controller.abort();
      return new Promise(() => undefined);
    };
    const { reply } = await runCell(kernel, "await prompt('?')", { onStdin, signal: controller.signal });
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "KeyboardInterrupt");
  });
});

/** Tests of what cells show: tables, tensors, live updates, progress bars, and values that are hard to show. */
import assert from "node:assert/strict";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";
import type { CellRun } from "./session.ts";

function textOf(value: unknown): string {
  assert.ok(typeof value === "string", JSON.stringify(value));
  return value;
}

describe("displays", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel();
    await run(
      `import { html, progress, table, vegaLite, png, json, markdown, latex, svg } from "residency/cell";`,
    );
  });
  after(() => kernel.shutdown());
  const run = (code: string, messages?: IopubMessage[]): Promise<CellRun> =>
    runCell(kernel, code, messages ? { onMessage: (message: IopubMessage) => messages.push(message) } : {});
  const bundleOf = async (code: string): Promise<Record<string, unknown>> => {
    const { reply, outputs } = await run(code);
    assert.equal(reply.status, "ok", JSON.stringify(reply));
    const output = outputs.at(-1);
    assert.ok(output && "data" in output, code);
    return output.data;
  };

  it("are tables with bounded rows when a result is a list of objects", async () => {
    const data = await bundleOf(
      `Array.from({ length: 1000 }, (_, i) => ({ n: i / 3, name: "<b>" + i, tags: [i] }))`,
    );
    const table = String(data["text/html"]);
    assert.equal(table.split("<tr>").length - 1, 11);
    assert.match(table, /<div>… 990 more rows<\/div>$/);
    assert.ok(
      table.includes(
        '<td style="text-align:right">0.333333</td><td style="text-align:left">&#60;b&#62;1</td><td style="text-align:left">[ 1 ]</td>',
      ),
    );
    assert.match(
      String(data["text/plain"]),
      /^\[\n {2}\{ n: 0, name: '<b>0', tags: \[ 0 \] \},\n[^]*900 more items\n\]$/,
    );
    const wide = await bundleOf(
      `[Object.fromEntries(Array.from({ length: 30 }, (_, i) => ["c" + i, i])), { extra: 1n }]`,
    );
    assert.match(String(wide["text/html"]), /… 11 more columns/);
    assert.match(
      String((await bundleOf("table([{ a: 1 }, { a: 2 }, { a: 3 }], { rows: 1 })"))["text/html"]),
      /… 2 more rows/,
    );
    assert.deepEqual(await bundleOf("[{ a: 1 }, 2]"), { "text/plain": "[ { a: 1 }, 2 ]" });
    assert.deepEqual(await bundleOf("[]"), { "text/plain": "[]" });
  });

  it("say shape, type and a corner of the values when a result is a tensor", async () => {
    await run(`import * as tf from "@tensorflow/tfjs-core"; import "@tensorflow/tfjs-backend-cpu";`);
    assert.equal(
      (await bundleOf("tf.tensor2d([[1, 2.5], [3, 4]])"))["text/plain"],
      "Tensor float32 [2, 2]\n    1  2.5\n    3    4",
    );
    assert.equal((await bundleOf("tf.scalar(7, 'int32')"))["text/plain"], "Tensor int32 []\n  7");
    assert.equal((await bundleOf("tf.tensor1d(['a', 'b'])"))["text/plain"], "Tensor string [2]\n  a  b");
    assert.equal((await bundleOf("tf.zeros([0, 3])"))["text/plain"], "Tensor float32 [0, 3], empty");
    const before = (await run("tf.memory().numTensors")).result;
    const large = await bundleOf(
      "const flat = tf.range(0, 6000); const big = tf.reshape(flat, [2, 30, 100]); flat.dispose(); big",
    );
    assert.match(
      String(large["text/plain"]),
      /^Tensor float32 \[2, 30, 100\], at \[0\]\n +0 +1 +2 [^\n]*7 {2}…\n[^]*507 {2}…\n {2}…$/,
    );
    assert.match(String(large["text/html"]), /<td style="text-align:right">507<\/td>/);
    assert.equal((await run("big.dispose(); tf.memory().numTensors")).result, before);
    assert.equal((await bundleOf("big"))["text/plain"], "Tensor float32 [2, 30, 100], disposed");
    const far = await bundleOf(
      '({ shape: [2], dtype: "float32", dataSync() { throw new Error("use await tensor.data()"); } })',
    );
    assert.equal(far["text/plain"], "Tensor float32 [2], not shown: use await tensor.data()");
  });

  it("are updated at a pace that a browser can take, the last time before idle", async () => {
    const messages: IopubMessage[] = [];
    const { outputs } = await run(
      `const live = display(0, { id: "live" }); const until = Date.now() + 400; let last = 0;
       while (Date.now() < until) live.update(++last);`,
      messages,
    );
    const updates = messages.filter(({ type }) => type === "update_display_data");
    assert.ok(updates.length >= 2 && updates.length <= 9, String(updates.length));
    const last = Number((await run("last")).result);
    assert.deepEqual(outputs, [
      { output_type: "display_data", data: { "text/plain": String(last) }, metadata: {} },
    ]);
    assert.equal(messages.at(-1)?.type, "status");
  });

  it("show the newest of fast updates in order with others when the id is shown anew", async () => {
    const messages: IopubMessage[] = [];
    await run(
      `const a = display("one", { id: "again" }); a.update("two"); a.update("three"); display("four", { id: "again" });`,
      messages,
    );
    const texts = messages.flatMap(({ content }) =>
      "data" in content ? [(content.data as Record<string, unknown>)["text/plain"]] : [],
    );
    assert.deepEqual(texts, ["'one'", "'two'", "'three'", "'four'"]);
    const { outputs } = await run(
      `const bad = display(1, { id: "bad" }); bad.update(2); bad.update({ [Symbol.for("Jupyter.display")]() { throw new Error("no") } });`,
    );
    assert.match(JSON.stringify(outputs), /display failed: Error: no/);
  });

  it("are progress bars that stand together when loops are nested, over sync and async iterables", async () => {
    const messages: IopubMessage[] = [];
    const { outputs } = await run(
      `async function* numbers() { for (let n = 1; n <= 5; n++) yield n; }
       const seen: string[] = [];
       for (const epoch of progress(["a", "b"], { label: "epoch" }))
         for await (const n of progress(numbers(), { label: "step", total: 5 })) { await new Promise((r) => setTimeout(r, 50)); seen.push(epoch + n.toFixed()); }
       seen.join()`,
      messages,
    );
    const texts = messages.flatMap(({ content }) =>
      "data" in content ? [String((content.data as Record<string, unknown>)["text/plain"])] : [],
    );
    assert.ok(
      texts.some((text) =>
        /^epoch: 0\/2, [\d.]+ s\nstep: [1-4]\/5, [\d.]+ s, [\d.]+\/s, [\d.]+ s left$/.test(text),
      ),
      texts.join("\n\n"),
    );
    assert.match(texts.at(-2) ?? "", /^epoch: 2\/2, [\d.]+ s, [\d.]+\/s$/);
    assert.equal(texts.at(-1), "'a1,a2,a3,a4,a5,b1,b2,b3,b4,b5'");
    assert.equal(outputs.length, 2);
  });

  it("are bars that stay as they were when a loop is left by break or throw", async () => {
    const bars = async (code: string): Promise<string> => {
      const { outputs } = await run(code);
      return outputs
        .map((output) => ("data" in output ? textOf(output.data["text/plain"]) : output.output_type))
        .join();
    };
    assert.match(
      await bars("for (const x of progress([1, 2, 3])) if (x === 2) break;"),
      /^1\/3, .*, stopped$/,
    );
    assert.match(
      await bars("for await (const x of progress(new Set([1, 2, 3]))) if (x === 3) throw new Error('x');"),
      /^2\/3, .*, stopped,error$/,
    );
    assert.match(await bars("for (const x of progress('ab')) void x;"), /^2\/2, /);
  });

  it("pass each kind of bundle on when values have representations", async () => {
    const cases: [string, string, unknown][] = [
      ["html('<script>1</script>')", "text/html", "<script>1</script>"],
      ["markdown('# a')", "text/markdown", "# a"],
      ["latex('$x$')", "text/latex", "$x$"],
      ["svg('<svg/>')", "image/svg+xml", "<svg/>"],
      ["png(new Uint8Array([1, 2]))", "image/png", "AQI="],
      ["json({ a: [1] })", "application/json", { a: [1] }],
      [
        "vegaLite({ mark: 'bar', title: 't' })",
        "application/vnd.vegalite.v5+json",
        { mark: "bar", title: "t" },
      ],
    ];
    for (const [code, type, expected] of cases)
      assert.deepEqual((await bundleOf(code))[type], expected, code);
  });

  it("are truncated text or an error, and never an end of the kernel, when values are hard to show", async () => {
    const show = (body: string): string => `({ [Symbol.for("Jupyter.display")]() { ${body} } }) as object`;
    const cases: [code: string, expected: RegExp][] = [
      [
        "const circle: Record<string, unknown> = { a: 1 }; circle['self'] = circle; circle",
        /<ref \*1> \{ a: 1, self: \[Circular \*1\] \}/,
      ],
      ["[circle]", /Circular/],
      ["({ toString() { throw new Error('x') } })", /toString: \[Function/],
      ["({ get x(): number { throw new Error('x') } })", /x: \[Getter\]/],
      ["[{ get x(): number { throw new Error('in a row') } }]", /x: \[Getter\]/],
      ["({ get shape(): number[] { throw new Error('x') } })", /shape: \[Getter\]/],
      [
        "new Proxy({}, { get() { throw new Error('x') }, ownKeys() { throw new Error('x') }, getPrototypeOf() { throw new Error('x') } })",
        /^\{\}$|\[object/,
      ],
      ["new Proxy([{ a: 1 }], {})", /a: 1/],
      ["const revoked = Proxy.revocable({}, {}); revoked.revoke(); revoked.proxy", /Revoked/],
      ["({ [require('node:util').inspect.custom]() { throw new Error('mine') } })", /cannot be shown: mine/],
      ["10n", /^10n$/],
      ["Array.from({ length: 1e6 }, (_, i) => i)", /999900 more items/],
      [
        "Object.fromEntries(Array.from({ length: 2e5 }, (_, i) => ['k' + i, i]))",
        /k99: 99\n\}\n… 199900 more properties$/,
      ],
      [
        "const nest = (d: number): unknown => (d === 0 ? 1 : Array(60).fill(nest(d - 1))); nest(4)",
        /^\[\n {2}\[\n {4}\[Array\]/,
      ],
      ["'x'.repeat(5e6)", /4990000 more characters$/],
      ["Symbol('s')", /^Symbol\(s\)$/],
      ["Object.create(null)", /^\[Object: null prototype\] \{\}$/],
      ["[1, 2].map", /\[Function: map\]/],
      [show("return { 'text/plain': 'fine', 'application/json': circle }"), /fine|circular/i],
      [show("return { 'text/plain': 5n, 'application/json': { n: 5n, u: undefined } }"), /^5n$/],
      [show("return null as never"), /null/],
      [show("return 'text' as never"), /'text'/],
      [show("throw new Error('own')"), /^own$/],
      [show("return Promise.reject(new Error('late'))"), /^late$/],
    ];
    for (const [code, expected] of cases) {
      const { reply, outputs } = await run(code);
      const output = outputs.at(-1);
      const text =
        reply.status === "error"
          ? reply.evalue
          : output && "data" in output
            ? output.data["text/plain"]
            : output;
      assert.match(textOf(text), expected, `${code}: ${JSON.stringify(reply).slice(0, 500)}`);
    }
    assert.equal((await run("1 + 1")).result, "2");
  });

  it("reach the client before idle when they are large", async () => {
    await run(
      "const megabytes = (n: number) => ({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': new Uint8Array(n * 2 ** 20).fill(7) }) });",
    );
    for (const size of [10, 50]) {
      const messages: IopubMessage[] = [];
      await run(`display(megabytes(${size}))`, messages);
      const [shown] = messages.flatMap(({ type, content }) =>
        type === "display_data" ? [content.data["image/png"]] : [],
      );
      assert.equal(textOf(shown).length, Math.ceil((size * 2 ** 20) / 3) * 4);
      assert.equal(messages.at(-1)?.type, "status");
    }
  });
});

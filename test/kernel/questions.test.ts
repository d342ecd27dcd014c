/** What is asked beside a run: completions, documentation, user expressions, and what a cell asks of the user. */
import assert from "node:assert/strict";
import type { KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel, textOf } from "./session.ts";
import type { CellRun } from "./session.ts";

describe("a kernel's questions and answers", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel();
  });
  after(() => kernel.shutdown());
  const run = (code: string, options = {}): Promise<CellRun> => runCell(kernel, code, options);

  it("says of completions what they are when it can, beside their names", async () => {
    await run("/** Adds two doses. */\nfunction addDoses(a: number, b: number): number { return a + b; }");
    // The first answer about plain names may come without, since it asks for all globals.
    await kernel.complete("addDos", 6);
    const { metadata } = await kernel.complete("addDos", 6);
    assert.deepEqual(metadata["_jupyter_types_experimental"], [
      {
        start: 0,
        end: 6,
        text: "addDoses",
        type: "function",
        signature: "function addDoses(a: number, b: number): number",
        documentation: "Adds two doses.",
      },
    ]);
  });

  it("asks for input when that is allowed, and fails when it is not", async () => {
    const questions: unknown[] = [];
    const answer = (prompt: string, password: boolean): Promise<string> => {
      questions.push([prompt, password]);
      return Promise.resolve("Ada");
    };
    const code =
      "import { input } from 'residency/cell'; (await input('name? ', { password: true })) + (await prompt('p'))";
    assert.equal((await run(code, { onStdin: answer })).result, "'AdaAda'");
    assert.deepEqual(questions, [
      ["name? ", true],
      ["p", false],
    ]);
    const { reply } = await run("await input('name? ')");
    assert.ok(reply.status === "error");
    assert.match(reply.evalue, /nobody can answer/);
  });

  it("asks one question after the other when a cell has several open", async () => {
    let open = 0;
    const answer = async (prompt: string, password: boolean): Promise<string> => {
      open += 1;
      assert.equal(open, 1, prompt);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      return `${prompt}${password ? "*" : ""}`;
    };
    const code =
      "import { input } from 'residency/cell'; await Promise.all([prompt('a'), input('b', { password: true }), prompt('c').then(() => prompt('d'))])";
    assert.equal((await run(code, { onStdin: answer })).result, "[ 'a', 'b*', 'd' ]");
  });

  it("completes, documents and judges code, counting in code points, when asked", async () => {
    await run("/** A sum. */ const total = { amount: 1 };");
    const completion = await kernel.complete("'😀'; total.am", 14);
    assert.deepEqual(
      [completion.matches, completion.cursor_start, completion.cursor_end],
      [["amount"], 11, 13],
    );
    const inspection = await kernel.inspect("total", 2);
    assert.match(textOf(inspection, "text/plain"), /const total[^]*A sum\./);
    assert.equal((await kernel.inspect(" ", 0)).found, false);
    assert.deepEqual(await kernel.isComplete("for (;;) {"), { status: "incomplete", indent: "  " });
    assert.deepEqual(await kernel.isComplete("1"), { status: "complete" });
  });

  it("names the line of the expression when a user expression throws or gives an error", async () => {
    const code = "const first = 1;\n\n\nfunction thrower(): never {\n  throw new Error('deep');\n}";
    const expression = "[1].map(() => {\n  const wide: number = 2; throw new Error(`own ${wide}`);\n})";
    const userExpressions = { own: expression, deep: "\n\nthrower()", value: "\nnew Error('value')" };
    const { reply } = await run(code, { userExpressions });
    assert.ok(reply.status === "ok");
    const { own, deep, value } = reply.user_expressions as Record<
      string,
      { traceback: string[]; data: Record<string, unknown> }
    >;
    assert.match(own?.traceback.join("\n") ?? "", /at user expression:2:33\n.*at user expression:1:5\n/s);
    assert.match(own?.traceback.join("\n") ?? "", /> 2 \|   const wide: number/);
    assert.match(deep?.traceback.join("\n") ?? "", /at thrower \(cell \d+:5:9\)\n +at user expression:3:1/);
    assert.match(textOf(value!, "text/plain"), /at user expression:2:1/);
  });

  it("evaluates user expressions of any kind, and says what is wrong with one, when the cell has run", async () => {
    const userExpressions = {
      sum: "answer + 1",
      wait: "await Promise.resolve('late')",
      bad: "answer.nope",
      fails: "JSON.parse('')",
    };
    const { reply } = await run("const answer = 42", { userExpressions });
    assert.ok(reply.status === "ok");
    const { sum, wait, bad, fails } = reply.user_expressions as Record<string, Record<string, unknown>>;
    assert.deepEqual(sum, { status: "ok", data: { "text/plain": "43" }, metadata: {} });
    assert.deepEqual(wait?.["data"], { "text/plain": "'late'" });
    assert.equal(bad?.["ename"], "TypeScriptError");
    assert.equal(fails?.["ename"], "SyntaxError");
  });
});

/** `check("03.1")` in a notebook: runs the visible tests where the answer is, and says kindly what is missing. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { check } from "../../grader/exercise/index.ts";
import { launchKernel } from "../../kernel/client/index.ts";
import type { KernelClient } from "../../kernel/client/index.ts";

const answer = (body: string): string =>
  `function inputsAndTargets(sequence: readonly number[]): { inputs: number[]; targets: number[] } { ${body} }`;

describe("check", function () {
  this.timeout(30_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await launchKernel({ cwd: ".", env: { ...process.env, RESIDENCY_PLOTLY: "external" } });
    await kernel.execute('import { check } from "residency/exercise";');
  });
  after(() => kernel.shutdown());

  /** What a cell printed, and its error if it failed. */
  async function textOf(code: string): Promise<string> {
    let text = "";
    const reply = await kernel.execute(code, {
      onMessage(message) {
        if (message.type === "stream") text += message.content.text;
      },
    });
    return reply.status === "error" ? `${text}${reply.ename}: ${reply.evalue}` : text;
  }

  it("asks for the answer's cell when it has not run, and for an answer when it has the stub", async () => {
    assert.match(await textOf('await check("03.1");'), /no "inputsAndTargets" yet.*Exercise A/);
    await kernel.execute(answer('throw new Error("Write your answer here");'));
    assert.match(await textOf('await check("03.1");'), /Exercise A waits for you/);
  });

  it("prints what a wrong answer gives, and ends the cell without an error", async () => {
    await kernel.execute(answer("return { inputs: [...sequence], targets: sequence.slice(1) };"));
    const text = await textOf('await check("03.1"); console.log("the cell goes on");');
    assert.match(text, /✗ inputs and targets of the sentence\.inputs: expected 4 items, got 5.*Not yet/s);
    assert.match(text, /the cell goes on\n$/);
    await kernel.execute(
      answer("const none: number[][] = []; return { inputs: none[0]!.slice(), targets: [] };"),
    );
    assert.match(await textOf('await check("03.1");'), /✗ TypeError.*before the tests/s);
  });

  it("checks types before anything runs", async () => {
    await kernel.execute("function inputsAndTargets(sequence: string): string { return sequence; }");
    const text = await textOf('await check("03.1");');
    assert.match(text, /✗ The types do not fit.*Nothing was run/s);
    assert.doesNotMatch(text, /✓/);
  });

  it("passes a right answer, by number or letter, as often as asked", async () => {
    await kernel.execute(answer("return { inputs: sequence.slice(0, -1), targets: sequence.slice(1) };"));
    for (const name of ["03.1", "03.A", "03.a"]) {
      const text = await textOf(`await check("${name}");`);
      assert.equal(text.match(/✓/g)?.length, 3);
      assert.match(text, /Exercise A · Inputs and targets: all visible tests pass.*2 points/);
    }
  });

  it("says that a person reads a written answer, which keeps its place among the exercises", async () => {
    assert.match(await textOf('await check("01.C");'), /Why a zero is fatal: a person reads/);
    assert.match(await textOf('await check("01.4");'), /Exercise D/);
  });

  it("knows the two-hour session by its letter", async () => {
    assert.match(await textOf('await check("S.1");'), /no "wayToTrain" yet.*Exercise A/);
    assert.match(await textOf('await check("S.F");'), /no "chanceOf" yet.*Exercise F/);
  });

  it("stops with its cell", async () => {
    await kernel.execute(answer("for (;;);"));
    const running = textOf('await check("03.1"); console.log("went on");');
    await delay(500);
    await kernel.interrupt();
    assert.match(await running, /KeyboardInterrupt/);
    assert.equal(await textOf('console.log("ready");'), "ready\n");
  });

  it("refuses an exercise that the course does not have, with those that it has", async () => {
    assert.match(await textOf('await check("03.9");'), /GraderError.*03 has 6 exercises, 03\.1 to 03\.6/);
    for (const name of ["98.1", "first", "03", "../03.1"]) {
      await assert.rejects(check(name), { name: "GraderError", code: "E_EXERCISE" });
    }
  });

  it("says that it needs a kernel where there is none", async () => {
    await assert.rejects(check("03.1"), { code: "E_KERNEL_START" });
  });
});

/** Tests of subshells (JEP 91): their cells run while those of the main shell wait. */
import assert from "node:assert/strict";
import type { KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";

describe("subshells", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => (kernel = await startTestKernel()));
  after(() => kernel.shutdown());

  it("are announced, made, listed and removed when a client asks", async () => {
    assert.ok(kernel.info.supported_features.includes("kernel subshells"));
    const [a, b] = [await kernel.createSubshell(), await kernel.createSubshell()];
    assert.notEqual(a, b);
    assert.deepEqual(await kernel.listSubshells(), [a, b]);
    await kernel.deleteSubshell(a);
    await kernel.deleteSubshell(b);
    assert.deepEqual(await kernel.listSubshells(), []);
    await assert.rejects(kernel.deleteSubshell(a), { code: "E_SUBSHELL" });
  });

  it("run cells beside one that awaits, over the same variables, each with its own output", async () => {
    const subshell = await kernel.createSubshell();
    await runCell(
      kernel,
      "let open: () => void = () => {}; const gate = new Promise<void>((resolve) => (open = resolve));",
    );
    const order: string[] = [];
    const waiting = runCell(
      kernel,
      "console.log('main begins'); await gate; console.log('main ends'); 'main'",
    ).then((run) => (order.push("main"), run));
    const { text, result } = await runCell(kernel, "console.log('sub'); open(); 'done'", { subshell });
    order.push("sub");
    assert.equal(text, "sub\n");
    assert.equal(result, "'done'");
    const main = await waiting;
    assert.equal(main.text, "main begins\nmain ends\n");
    assert.equal(main.result, "'main'");
    assert.deepEqual(order.toSorted(), ["main", "sub"]);
    await kernel.deleteSubshell(subshell);
  });

  it("are interrupted with the main shell, and keep their queue of their own", async () => {
    const subshell = await kernel.createSubshell();
    const main = runCell(kernel, "await new Promise(() => {})");
    const sub = runCell(kernel, "await new Promise(() => {})", { subshell });
    // Both run when a third, in a subshell of its own, has run.
    const third = await kernel.createSubshell();
    await runCell(kernel, "1", { subshell: third });
    await kernel.interrupt();
    for (const { reply } of [await main, await sub]) {
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "KeyboardInterrupt");
    }
    assert.equal((await runCell(kernel, "1 + 1", { subshell })).result, "2");
  });

  it("are refused when a request names one that is not there", async () => {
    const { reply } = await runCell(kernel, "1", { subshell: "nobody" });
    assert.ok(reply.status === "error");
    assert.equal(reply.ename, "SubshellError");
  });
});

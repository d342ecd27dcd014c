/** A test of what cells leave behind in the process that runs them. */
import assert from "node:assert/strict";
import type { KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";

describe("memory of a kernel", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel();
    await runCell(
      kernel,
      `const { setFlagsFromString } = require("node:v8");
setFlagsFromString("--expose-gc");
const collect: () => void = require("node:vm").runInNewContext("gc");`,
    );
  });
  after(() => kernel.shutdown());

  const liveHeap = async (): Promise<number> =>
    Number((await runCell(kernel, "collect(); collect(); process.memoryUsage().heapUsed")).result);

  it("keeps less than 300 bytes of a cell in the executor when many have run", async () => {
    const [warmUp, cells] = [200, 600];
    for (let cell = 0; cell < warmUp; cell++) await kernel.execute(`1 + ${cell}`);
    const before = await liveHeap();
    for (let cell = 0; cell < cells; cell++) await kernel.execute(`2 + ${cell}`);
    const kept = ((await liveHeap()) - before) / cells;
    assert.ok(kept < 300, `${kept.toFixed(0)} bytes a cell`);
  });
});

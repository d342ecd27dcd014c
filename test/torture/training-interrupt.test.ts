/** Training that is interrupted in the middle of a step: the state stays, and the backend goes on. */
import assert from "node:assert/strict";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "../kernel/session.ts";

const prepare = `
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "residency";
await setBackend("residency-cpu");
const a = tf.randomUniform([600, 600], -1, 1, "float32", 1);
const multiply = () => { const c = tf.matMul(a, a); const sum = tf.sum(tf.square(c)); const value = sum.dataSync()[0]; c.dispose(); sum.dispose(); return value; };
const first = multiply();
let kept = "kept";
`;

/** Multiplies without end: an interrupt falls into a kernel, or between two. */
const endless = `
console.log("go");
for (;;) if (multiply() !== first) throw new Error("another result");
`;

describe("interrupt of work on all threads", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel();
    const { reply } = await runCell(kernel, prepare);
    assert.equal(reply.status, "ok", JSON.stringify(reply));
  });
  after(() => kernel.shutdown());

  it("keeps the state, and the results are the same afterwards", async () => {
    for (let round = 0; round < 8; round++) {
      const controller = new AbortController();
      const onMessage = (message: IopubMessage): void => {
        if (message.type === "stream") setTimeout(() => controller.abort(), 3 + 7 * round);
      };
      const { reply } = await runCell(kernel, endless, { onMessage, signal: controller.signal });
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "KeyboardInterrupt", JSON.stringify(reply));
      assert.equal((await runCell(kernel, "kept")).result, "'kept'");
      assert.equal((await runCell(kernel, "multiply() === first")).result, "true");
    }
  });
});

/** The threads of residency-cpu: their errors, interrupts in the middle of a job, and the end of the process. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { createSharedMemory } from "../../../../lib/backends/cpu/index.ts";
import type { Job } from "../../../../lib/backends/cpu/kernel-runner.ts";
import { startThreads } from "../../../../lib/backends/cpu/threads/node.ts";
import { repositoryRoot } from "../../../support/paths.ts";
import { runChild } from "./child.ts";
import type { InterruptReport } from "./interrupt-child.ts";
import type { LostThreadReport } from "./lost-thread-child.ts";

const kernels = new WebAssembly.Module(
  fs.readFileSync(path.join(repositoryRoot, "assets/kernels/simd.wasm")),
);

describe("threads of residency-cpu", function () {
  this.timeout(40_000);

  it("whose kernel fails end the job with E_BACKEND instead of a hang, and every one after it", async () => {
    const memory = createSharedMemory(64 * 2 ** 20);
    const runner = startThreads({ module: kernels, memory, threads: 3, blas: undefined });
    await runner.ready();
    try {
      const [dim, chunks] = [2 ** 18, 8];
      const table = memory.allocate(4 * dim);
      const out = memory.allocate(4 * dim * chunks);
      const indices = memory.allocate(4 * chunks);
      const job = (): void => runner.run("gatherRows", chunks, [table, indices, out, chunks, dim, 1]);
      memory.float32(table, dim).fill(3);
      memory.int32(indices, chunks).fill(0);
      job();
      assert.ok(memory.float32(out, dim * chunks).every((value) => value === 3));
      // Rows that lie outside of the memory: the thread that comes to one of them fails, which may be any.
      let helpersFailed = false;
      for (let i = 0; i < 200 && !helpersFailed; i++) {
        memory.int32(indices, chunks).set([0, 0, 3000, 0, 3000, 0, 3000, 0]);
        assert.throws(job, { code: "E_BACKEND" });
        memory.int32(indices, chunks).fill(0);
        try {
          job();
        } catch (error) {
          assert.equal((error as { code?: string }).code, "E_BACKEND");
          assert.match(String(error), /a thread of the backend has failed.*start the process again/s);
          helpersFailed = true;
        }
      }
      assert.ok(helpersFailed);
      assert.throws(job, { code: "E_BACKEND" });
    } finally {
      await runner.dispose();
    }
  });

  it("run each chunk of a job once, however many there are for a thread", async () => {
    const memory = createSharedMemory(64 * 2 ** 20);
    const runner = startThreads({ module: kernels, memory, threads: 5, blas: undefined });
    await runner.ready();
    try {
      const most = 40;
      const [a, b, c] = [memory.allocate(4 * most), memory.allocate(4), memory.allocate(4 * most)];
      memory.float32(b, 1).fill(1);
      memory.float32(a, most).fill(1);
      for (let chunks = 1; chunks <= most; chunks++) {
        memory.float32(c, most).fill(0);
        // A product whose every row is a chunk, and is added to what is there.
        const extents = [0, 0, chunks, 1, 1, 1, 1, 1, 1, 1];
        for (let times = 0; times < 20; times++) {
          runner.run("matMul", chunks, [a, b, c, ...extents, 0, 0, 0, 1, 1, 0, 0, 0], [1, 1, 0]);
        }
        const expected = Array.from({ length: most }, (_, i) => (i < chunks ? 20 : 0));
        assert.deepEqual([...memory.float32(c, most)], expected, `${chunks} chunks`);
      }
    } finally {
      await runner.dispose();
    }
  });

  it("run each chunk of jobs that are published together once, however many jobs there are", async () => {
    const memory = createSharedMemory(64 * 2 ** 20);
    const runner = startThreads({ module: kernels, memory, threads: 3, blas: undefined });
    await runner.ready();
    try {
      const [most, jobs] = [7, 150];
      const [a, b, c] = [memory.allocate(4 * most), memory.allocate(4), memory.allocate(4 * most * jobs)];
      memory.float32(b, 1).fill(2);
      memory.float32(a, most).fill(1);
      memory.float32(c, most * jobs).fill(0);
      // Products of 0 to 7 rows, each of which is a chunk.
      const rowsOf = (job: number): number => (job * 5) % (most + 1);
      const all = Array.from({ length: jobs }, (_, job): Job => {
        const extents = [0, 0, rowsOf(job), 1, 1, 1, 1, 1, 1, 1];
        const integers = [a, b, c + 4 * most * job, ...extents, 0, 0, 0, 1, 1, 0, 0, 0];
        return { kernel: "matMul", chunks: rowsOf(job), integers, floats: [1, 1, 0] };
      });
      for (const some of [all, all.slice(0, 64), [], all.slice(3, 4)]) runner.runTogether(some);
      for (let job = 0; job < jobs; job++) {
        const times = 1 + (job < 64 ? 1 : 0) + (job === 3 ? 1 : 0);
        const expected = Array.from({ length: most }, (_, row) => (row < rowsOf(job) ? 2 * times : 0));
        assert.deepEqual([...memory.float32(c + 4 * most * job, most)], expected, `job ${job}`);
      }
    } finally {
      await runner.dispose();
    }
  });

  it("are ready whoever asks, early or late", async () => {
    const memory = createSharedMemory(64 * 2 ** 20);
    const runner = startThreads({ module: kernels, memory, threads: 2, blas: undefined });
    await Promise.all([runner.ready(), runner.ready()]);
    await runner.ready();
    await runner.dispose();
  });

  for (const environment of [
    { RESIDENCY_THREADS: "3", RESIDENCY_BLAS: "none" },
    { RESIDENCY_THREADS: "2" },
  ]) {
    it(`go on after interrupts in the middle of kernels and gradients (${JSON.stringify(environment)}), and the process ends by itself`, async () => {
      const { code, signal, result, stderr } = await runChild("interrupt-child", environment);
      assert.equal(signal, null, "the process did not end by itself");
      assert.equal(code, 0, stderr);
      const { interrupts, gradients, ...rest } = result as InterruptReport;
      assert.equal(interrupts, 25);
      assert.ok(gradients > 0, "no interrupt came within a gradient");
      assert.deepEqual(rest, { wrong: 0, recording: false, bytesLeft: 0, tensorsLeft: 0 });
    });
  }

  it("one of which is ended in the middle of a job end the next ones with E_BACKEND instead of a hang", async () => {
    const { code, result, stderr } = await runChild("lost-thread-child", {}, { args: ["busy"] });
    assert.equal(code, 0, stderr);
    const { codes, messages, milliseconds } = result as LostThreadReport;
    assert.deepEqual(codes, ["E_BACKEND", "E_BACKEND"]);
    assert.match(messages[0]!, /a thread of the backend has failed.*start the process again/s);
    assert.ok(milliseconds < 5000, `${milliseconds} ms`);
  });

  it("one of which is ended between two jobs go on without it, and say so", async () => {
    const { code, result, stderr } = await runChild("lost-thread-child", {}, { args: ["idle"] });
    assert.equal(code, 0, stderr);
    const { codes, warnings } = result as LostThreadReport;
    assert.deepEqual(codes, ["", ""]);
    assert.deepEqual(warnings, [
      "A thread of the backend residency-cpu has ended: it goes on with fewer, more slowly",
    ]);
  });
});

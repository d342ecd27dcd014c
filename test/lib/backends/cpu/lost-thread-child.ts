/** A process of threads.test.ts: a helping thread is ended in the middle of a job, or while it waits for one. */
import fs from "node:fs";
import path from "node:path";
import { syncBuiltinESMExports } from "node:module";
import vm from "node:vm";
import workerThreads from "node:worker_threads";
import { repositoryRoot } from "../../../support/paths.ts";

/** What the process prints. */
export interface LostThreadReport {
  /** The code of the error of each job after the loss, "" where there was none. */
  codes: string[];
  messages: string[];
  /** Milliseconds that the first of them took. */
  milliseconds: number;
  warnings: string[];
}

const workers: workerThreads.Worker[] = [];
workerThreads.Worker = class extends workerThreads.Worker {
  constructor(...args: ConstructorParameters<typeof workerThreads.Worker>) {
    super(...args);
    workers.push(this);
  }
};
syncBuiltinESMExports();
const { createSharedMemory } = await import("../../../../lib/backends/cpu/index.ts");
const { startThreads } = await import("../../../../lib/backends/cpu/threads/node.ts");

const report: LostThreadReport = { codes: [], messages: [], milliseconds: 0, warnings: [] };
process.on("warning", ({ message }) => report.warnings.push(message));

const module = new WebAssembly.Module(fs.readFileSync(path.join(repositoryRoot, "assets/kernels/simd.wasm")));
const memory = createSharedMemory(64 * 2 ** 20);
const runner = startThreads({ module, memory, threads: 2, blas: undefined });
await runner.ready();

const [m, n, k] = [512, 512, 1_000_000];
const a = memory.allocate(4 * k);
const b = memory.allocate(4 * n);
const c = memory.allocate(4 * m * n);
/** Two chunks of a product whose rows all lie at the same place: seconds of work on a few megabytes. */
const multiply = (depth: number): void =>
  runner.run("matMul", 2, [a, b, c, 0, 0, m, n, depth, 0, 0, n, m / 2, n, 0, 0, 0, 1, 1], [1, 0]);
Object.assign(globalThis, { multiply });

if (process.argv[2] === "idle") {
  multiply(1);
  await workers[0]!.terminate();
} else {
  try {
    vm.runInThisContext(`multiply(${k})`, { timeout: 200 });
  } catch {
    // The publisher has left the job; the helper is in the middle of its chunk.
    void workers[0]!.terminate();
  }
}
for (let i = 0; i < 2; i++) {
  const before = performance.now();
  try {
    multiply(1);
    report.codes.push("");
  } catch (error) {
    report.codes.push(String((error as { code?: unknown }).code));
    report.messages.push(String(error));
  }
  if (i === 0) report.milliseconds = performance.now() - before;
}
await new Promise((resolve) => setTimeout(resolve, 20));
await runner.dispose();
process.stdout.write(JSON.stringify(report));

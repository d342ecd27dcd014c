/** The helping threads in Node: worker threads, each with its own binding of the system's BLAS. */
import { Worker } from "node:worker_threads";
import { bindBlas, type BlasLibrary } from "../blas/node.ts";
import { scratchBytes } from "../job-block.ts";
import { createJobRunner, markFailed } from "../job-runner.ts";
import { instantiateKernels } from "../kernel-module.ts";
import type { KernelRunner } from "../kernel-runner.ts";
import type { SharedMemory } from "../shared-memory.ts";
import type { ThreadData } from "../thread/node.ts";

/** What the threads share. */
export interface ThreadsOptions {
  module: WebAssembly.Module;
  memory: SharedMemory;
  /** All threads, the calling one among them. */
  threads: number;
  blas: BlasLibrary | undefined;
}

/** About 20 microseconds: as long as the gap between two operations of a model. */
const spins = 4000;

/** Starts the helping threads; they do not keep the process alive, and jobs do not wait for those that still start. */
export function startThreads({ module, memory, threads, blas }: ThreadsOptions): KernelRunner {
  const scratch = Array.from({ length: threads }, () => memory.allocate(scratchBytes, "working memory"));
  const sgemm = blas && bindBlas(blas, memory.memory);
  const kernels = instantiateKernels(module, memory.memory, { index: 0, scratch: scratch[0]!, sgemm });
  let cause: unknown;
  const workers = scratch.slice(1).map((address, helper) => {
    const data: ThreadData = {
      module,
      memory: memory.memory,
      index: helper + 1,
      scratch: address,
      blas,
      spins,
    };
    const worker = new Worker(new URL("../thread/node.js", import.meta.url), {
      workerData: data,
      // A thread needs none of the options of the main one, such as the notebook's loader.
      execArgv: [],
      env: {},
    });
    worker.unref();
    // An error that ends a thread is an error of the job that it was at, not one that ends the process.
    worker.on("error", (error) => {
      cause ??= error;
      markFailed(memory.memory);
    });
    return worker;
  });
  const started = Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.once("message", () => resolve());
          worker.once("error", reject);
        }),
    ),
  );
  return createJobRunner({
    kernels,
    memory,
    threads,
    helpers: {
      started,
      cause: () => cause,
      async dispose() {
        await Promise.all(workers.map((worker) => worker.terminate()));
      },
    },
    sleep: (words, index, value) => void Atomics.wait(words, index, value, 10),
  });
}

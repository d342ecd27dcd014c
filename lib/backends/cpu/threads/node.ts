/** The helping threads in Node: worker threads, each with its own binding of the system's BLAS. */
import { Worker } from "node:worker_threads";
import { bindBlas, type BlasLibrary } from "../blas/node.ts";
import { scratchBytes } from "../job-block.ts";
import { createJobRunner, hasFailed, markFailed } from "../job-runner.ts";
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

/**
 * About 100 microseconds: longer than the gaps between the operations of a model. To wake a thread that sleeps takes as
 * long as a small operation, and a generated token has hundreds.
 */
const spins = 20_000;

/**
 * Whether a thread has stopped. No event tells a publisher that waits, since events come only when it does not; but the
 * time that the event loop of a stopped thread was idle is given as negative, if it has been asked for before. Of a thread
 * whose start the publisher has not heard of yet, nothing is known.
 */
function hasStopped(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle < 0;
}

/** Starts the helping threads; they do not keep the process alive, and jobs do not wait for those that still start. */
export function startThreads({ module, memory, threads, blas }: ThreadsOptions): KernelRunner {
  const scratch = Array.from({ length: threads }, () => memory.allocate(scratchBytes, "working memory"));
  const sgemm = blas && bindBlas(blas, memory.memory);
  const kernels = instantiateKernels(module, memory.memory, { index: 0, scratch: scratch[0]!, sgemm });
  let cause: unknown;
  let isDisposed = false;
  const ended = new Set<Worker>();
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
    worker.once("online", () => hasStopped(worker));
    worker.on("exit", () => {
      ended.add(worker);
      if (isDisposed || hasFailed(memory.memory)) return;
      process.emitWarning(
        "A thread of the backend residency-cpu has ended: it goes on with fewer, more slowly",
      );
    });
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
      hasEnded: (helper) => ended.has(workers[helper]!) || hasStopped(workers[helper]!),
      async dispose() {
        isDisposed = true;
        await Promise.all(workers.map((worker) => worker.terminate()));
      },
    },
    sleep: (words, index, value) => Atomics.wait(words, index, value, 10) === "timed-out",
  });
}

/** Runs kernels on all threads: publishes a job, works on it too, and waits for the chunks of the others. */
import { Worker } from "node:worker_threads";
import { ResidencyError } from "../../../errors.ts";
import { bindBlas, type BlasLibrary } from "../blas/node.ts";
import { jobBlock, kernelNames, scratchBytes, type KernelName } from "../job-block.ts";
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

const kernelNumbers = new Map<KernelName, number>(kernelNames.map((name, index) => [name, index]));

/**
 * About 100 microseconds: longer than the gaps between the operations of a model. To wake a thread that sleeps takes as
 * long as a small operation, and a generated token has hundreds.
 */
const spins = 20_000;

/** How often the publisher looks whether the others are ready before it sleeps between two looks. */
const looksBeforeSleep = 20_000;

/** In how many looks of 10 milliseconds a thread has to be missing: one that is about to end may still leave the job. */
const lossesBelieved = 5;

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
  // The job lies in the first page, so this view stays good when the memory grows.
  const words = new Int32Array(memory.memory.buffer, 0, 1024);
  const integers = new Uint32Array(memory.memory.buffer, jobBlock.integers, 32);
  const floats = new Float32Array(memory.memory.buffer, jobBlock.floats, 16);
  const at = {
    open: jobBlock.open >> 2,
    generation: jobBlock.generation >> 2,
    active: jobBlock.active >> 2,
    next: jobBlock.next >> 2,
    chunks: jobBlock.chunks >> 2,
    kernel: jobBlock.kernel >> 2,
    failed: jobBlock.failed >> 2,
    inside: jobBlock.inside >> 2,
  };
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
      if (isDisposed || Atomics.load(words, at.failed) === 1) return;
      process.emitWarning(
        "A thread of the backend residency-cpu has ended: it goes on with fewer, more slowly",
      );
    });
    // An error that ends a thread is an error of the job that it was at, not one that ends the process.
    worker.on("error", (error) => {
      cause ??= error;
      Atomics.store(words, at.failed, 1);
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
  // Only who waits for the threads hears of it; all others hear of it at the next job.
  started.catch(() => undefined);

  const fail = (): never => {
    throw new ResidencyError(
      "E_BACKEND",
      "Cannot go on: a thread of the backend has failed, so that results may be incomplete; start the process again, with " +
        `a smaller RESIDENCY_THREADS than ${threads} if that does not help`,
      { cause },
    );
  };
  /** Whether a thread that is inside the job has stopped. */
  const isOneLost = (): boolean =>
    workers.some(
      (worker, helper) =>
        Atomics.load(words, at.inside + helper + 1) === 1 && (ended.has(worker) || hasStopped(worker)),
    );
  /** No thread claims chunks any more, and none is still at one. */
  const close = (): void => {
    if (Atomics.load(words, at.failed) === 1) fail();
    Atomics.store(words, at.open, 0);
    let losses = 0;
    for (let looks = 0; ; looks++) {
      const active = Atomics.load(words, at.active);
      if (active === 0) break;
      if (looks < looksBeforeSleep) continue;
      const isLate = Atomics.wait(words, at.active, active, 10) === "timed-out";
      losses = isLate && isOneLost() ? losses + 1 : 0;
      if (losses === lossesBelieved) {
        cause ??= new Error("a thread has ended in the middle of a job");
        Atomics.store(words, at.failed, 1);
        fail();
      }
    }
    if (Atomics.load(words, at.failed) === 1) fail();
  };

  return {
    threads,
    run(kernel, chunks, integerArguments, floatArguments = []) {
      if (chunks === 0) return;
      // An interrupt may have cut off a job, or the wait for its end: other threads may still be reading its arguments.
      close();
      integers.set(integerArguments);
      floats.set(floatArguments);
      const number = kernelNumbers.get(kernel)!;
      if (chunks === 1 || threads === 1) {
        kernels.workAlone(number, chunks);
        return;
      }
      words[at.chunks] = chunks;
      words[at.kernel] = number;
      words[at.next] = 0;
      Atomics.store(words, at.open, 1);
      Atomics.add(words, at.generation, 1);
      Atomics.notify(words, at.generation, chunks - 1);
      try {
        kernels.work();
      } catch (error) {
        close();
        throw new ResidencyError("E_BACKEND", `Cannot run the kernel ${kernel}: ${String(error)}`, {
          cause: error,
        });
      }
      close();
    },
    async ready() {
      await started;
    },
    async dispose() {
      isDisposed = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

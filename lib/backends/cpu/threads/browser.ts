/** The helping threads in a browser: web workers over the same shared memory. */
import type { ThreadData } from "../thread/browser.ts";
import { scratchBytes } from "../job-block.ts";
import { createJobRunner, markFailed } from "../job-runner.ts";
import { instantiateKernels } from "../kernel-module.ts";
import type { KernelRunner } from "../kernel-runner.ts";
import type { SharedMemory } from "../shared-memory.ts";

/** What the threads share. */
export interface BrowserThreadsOptions {
  module: WebAssembly.Module;
  memory: SharedMemory;
  /** All threads, the calling one among them. */
  threads: number;
}

const spins = 4000;

/** The part of a web worker that is used here. */
interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

declare const Worker: new (address: URL, options: { type: "module" }) => WebWorker;

/** Starts the helping threads. */
export function startThreads({ module, memory, threads }: BrowserThreadsOptions): KernelRunner {
  const scratch = Array.from({ length: threads }, () => memory.allocate(scratchBytes, "working memory"));
  const kernels = instantiateKernels(module, memory.memory, {
    index: 0,
    scratch: scratch[0]!,
    sgemm: undefined,
  });
  let cause: Error | undefined;
  const workers: WebWorker[] = [];
  const starts = scratch.slice(1).map((address, helper) => {
    // Bundlers know this form and put the worker's file beside the page's.
    const worker = new Worker(new URL("../thread/browser.js", import.meta.url), { type: "module" });
    workers.push(worker);
    const data: ThreadData = { module, memory: memory.memory, index: helper + 1, scratch: address, spins };
    return new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = ({ message = "its file does not load" }) => {
        cause ??= new Error(message);
        markFailed(memory.memory);
        reject(cause);
      };
      worker.postMessage(data);
    });
  });
  // A page's own thread may not sleep; a worker's may.
  const maySleep = !("document" in globalThis);
  return createJobRunner({
    kernels,
    memory,
    threads,
    helpers: {
      started: Promise.all(starts),
      cause: () => cause,
      // Nothing ends a web worker from outside but the page itself.
      hasEnded: () => false,
      dispose() {
        for (const worker of workers) worker.terminate();
        return Promise.resolve();
      },
    },
    sleep: (words, index, value) => maySleep && Atomics.wait(words, index, value, 10) === "timed-out",
  });
}

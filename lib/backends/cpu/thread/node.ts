/** The entry point of a helping thread: it works on published jobs until its process ends. */
import { parentPort, workerData } from "node:worker_threads";
import { bindBlas, type BlasLibrary } from "../blas/node.ts";
import { jobBlock } from "../job-block.ts";
import { instantiateKernels } from "../kernel-module.ts";

/** What a thread is started with. */
export interface ThreadData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  index: number;
  scratch: number;
  blas: BlasLibrary | undefined;
  /** How often it looks for the next job before it sleeps. */
  spins: number;
}

const { module, memory, index, scratch, blas, spins } = workerData as ThreadData;
const sgemm = blas && bindBlas(blas, memory);
const kernels = instantiateKernels(module, memory, { index, scratch, sgemm });
parentPort!.postMessage("ready");
try {
  kernels.help(spins);
} catch (error) {
  // The publisher waits for this thread's chunk: it has to hear that there will be none.
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, jobBlock.failed >> 2, 1);
  Atomics.store(words, (jobBlock.inside >> 2) + index, 0);
  Atomics.sub(words, jobBlock.active >> 2, 1);
  Atomics.notify(words, jobBlock.active >> 2);
  throw error;
}

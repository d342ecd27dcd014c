/** The entry point of a helping thread: it works on published jobs until its process ends. */
import { parentPort, workerData } from "node:worker_threads";
import { bindBlas, type BlasLibrary } from "../blas/node.ts";
import { reportFailure } from "../job-runner.ts";
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
  reportFailure(memory, index);
  throw error;
}

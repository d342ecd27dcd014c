/** The entry point of a helping thread in a browser: it works on published jobs until the page ends. */
import { reportFailure } from "../job-runner.ts";
import { instantiateKernels } from "../kernel-module.ts";

/** What a thread is started with. */
export interface ThreadData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  index: number;
  scratch: number;
  /** How often it looks for the next job before it sleeps. */
  spins: number;
}

/** The part of a worker's own scope that is used here. */
interface WorkerScope {
  onmessage: ((event: { data: ThreadData }) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data: { module, memory, index, scratch, spins } }) => {
  const kernels = instantiateKernels(module, memory, { index, scratch, sgemm: undefined });
  scope.postMessage("ready");
  try {
    kernels.help(spins);
  } catch (error) {
    reportFailure(memory, index);
    throw error;
  }
};

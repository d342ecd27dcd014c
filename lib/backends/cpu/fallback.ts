/** Gives the backend every operation that tfjs-backend-cpu has, over the same memory. */
import * as tf from "@tensorflow/tfjs-core";
import { cpuBackendName } from "./backend.ts";

/** Registers tfjs-backend-cpu's kernel for each operation that has no kernel here yet. */
export function registerFallbacks(): void {
  for (const kernel of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernel.kernelName, cpuBackendName) as tf.KernelConfig | undefined) continue;
    tf.registerKernel({ ...kernel, backendName: cpuBackendName });
  }
}

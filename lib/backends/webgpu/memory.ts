/** How much memory of the GPU the tensors take. */
import * as tf from "@tensorflow/tfjs-core";
import type { BufferMemory, BufferPool } from "./buffers.ts";

/** The pool of the backend in use; known by its shape, so that asking does not load the backend. */
function poolInUse(): BufferPool | undefined {
  return tf.getBackend() === "webgpu" ? (tf.backend() as unknown as { pool?: BufferPool }).pool : undefined;
}

/** The bytes of the GPU's buffers, or undefined while another backend is in use. */
export function gpuMemory(): BufferMemory | undefined {
  return poolInUse()?.memory;
}

/** Starts the peaks of {@link gpuMemory} again from what is there now. */
export function resetGpuPeak(): void {
  poolInUse()?.resetPeak();
}

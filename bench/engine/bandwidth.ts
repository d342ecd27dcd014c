/** The bandwidth of the machine's memory: threads that copy arrays too large for its caches, as STREAM's copy does. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** What one thread does. */
export interface CopyTask {
  /** Counts the threads that are ready. */
  gate: SharedArrayBuffer;
  threads: number;
  milliseconds: number;
  /** Of each of two arrays. */
  bytes: number;
}

/** What one thread measured. */
export interface CopyResult {
  bytesPerMillisecond: number;
}

const arrayBytes = 128 * 2 ** 20;

/** Gigabytes a second that some threads read and write together. */
export async function copyBandwidth(threads: number, milliseconds = 1000): Promise<number> {
  const task: CopyTask = { gate: new SharedArrayBuffer(4), threads, milliseconds, bytes: arrayBytes };
  const rates = await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL("copy-worker.js", import.meta.url), { workerData: task });
      const [result] = (await once(worker, "message")) as [CopyResult];
      await worker.terminate();
      return result.bytesPerMillisecond;
    }),
  );
  return rates.reduce((sum, rate) => sum + rate, 0) / 1e6;
}

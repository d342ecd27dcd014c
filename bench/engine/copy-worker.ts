/** A thread that copies memory for the bandwidth test, at the same time as its fellows. */
import { parentPort, workerData } from "node:worker_threads";
import type { CopyTask, CopyResult } from "./bandwidth.ts";

const { gate, threads, milliseconds, bytes } = workerData as CopyTask;
const source = new Float64Array(bytes / 8).fill(1);
const target = new Float64Array(bytes / 8).fill(2);
const gateView = new Int32Array(gate);

// Everybody waits until the last one has its memory.
if (Atomics.add(gateView, 0, 1) + 1 === threads) Atomics.notify(gateView, 0);
for (let ready = Atomics.load(gateView, 0); ready < threads; ready = Atomics.load(gateView, 0)) {
  Atomics.wait(gateView, 0, ready);
}

const start = performance.now();
let copied = 0;
while (performance.now() < start + milliseconds) {
  target.set(source);
  copied += 2 * bytes; // read and written, as STREAM counts
}
const result: CopyResult = { bytesPerMillisecond: copied / (performance.now() - start) };
parentPort?.postMessage(result);

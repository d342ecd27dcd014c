/** Starts the backend `residency-cpu` in Node: worker threads, and the BLAS of the system. */
import fs from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../errors.ts";
import { cpuBackendName, ResidencyCpuBackend } from "./backend.ts";
import { findBlas, type BlasSearch } from "./blas/node.ts";
import { mostThreads } from "./job-block.ts";
import { bestKernelBuild, type KernelBuild } from "./kernel-module.ts";
import { registerCpuKernels } from "./register-kernels.ts";
import { createSharedMemory, type MemoryStatistics } from "./shared-memory.ts";
import { startThreads } from "./threads/node.ts";

/** What the backend runs on. */
export interface CpuBackendReport {
  build: KernelBuild;
  threads: number;
  blas: BlasSearch;
}

function wantedThreads(): number {
  const text = process.env["RESIDENCY_THREADS"];
  if (text === undefined || text === "") return os.availableParallelism();
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use RESIDENCY_THREADS=${text}: it must be an integer from 1 to ${mostThreads}`,
    );
  }
  return threads;
}

/** The build that RESIDENCY_SIMD names, else the best that the engine runs. */
function wantedBuild(): KernelBuild {
  // Node 20 has relaxed SIMD behind a flag, of which later versions, which have it anyway, complain on the terminal.
  if (bestKernelBuild() === "simd") v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  const wanted = process.env["RESIDENCY_SIMD"];
  if (wanted === undefined || wanted === "") return bestKernelBuild();
  if (wanted === "simd" || (wanted === "relaxed-simd" && bestKernelBuild() === "relaxed-simd")) return wanted;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot use RESIDENCY_SIMD=${wanted}: this engine runs simd${bestKernelBuild() === "simd" ? "" : " and relaxed-simd"}`,
  );
}

let started: { backend: ResidencyCpuBackend; report: CpuBackendReport } | undefined;

function start(): { backend: ResidencyCpuBackend; report: CpuBackendReport } {
  const threads = wantedThreads();
  const build = wantedBuild();
  const file = new URL(`../../../../assets/kernels/${build}.wasm`, import.meta.url);
  const module = new WebAssembly.Module(fs.readFileSync(fileURLToPath(file)));
  const memory = createSharedMemory();
  const blas = findBlas();
  const runner = startThreads({ module, memory, threads, blas: blas.library });
  const backend = new ResidencyCpuBackend(memory, runner);
  registerCpuKernels();
  return { backend, report: { build, threads, blas } };
}

/**
 * Makes the backend the one in use and says what it runs on.
 *
 * @throws ResidencyError E_CONFIG when RESIDENCY_THREADS or RESIDENCY_SIMD has a value that is not allowed.
 */
export async function startCpu(): Promise<CpuBackendReport> {
  if (!started) {
    started = start();
    const { backend } = started;
    tf.registerBackend(cpuBackendName, () => backend);
  }
  if (!(await tf.setBackend(cpuBackendName))) throw new Error("the backend did not start");
  return started.report;
}

/** What the backend's memory holds, or undefined while it has not been started. */
export function cpuMemory(): MemoryStatistics | undefined {
  return started?.backend.statistics();
}

/** Counts the peak of memory from here on. */
export function resetCpuPeak(): void {
  started?.backend.sharedMemory.resetPeak();
}

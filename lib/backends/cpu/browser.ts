/** Starts the backend `residency-cpu` in a browser: web workers where the page is isolated, else one thread; no BLAS. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../../errors.ts";
import { cpuBackendName, ResidencyCpuBackend } from "./backend.ts";
import { bestKernelBuild } from "./kernel-module.ts";
import type { CpuBackendReport } from "./node.ts";
import { registerCpuKernels } from "./register-kernels.ts";
import { createSharedMemory, type MemoryStatistics } from "./shared-memory.ts";
import { startThreads } from "./threads/browser.ts";

/** What a browser says of itself, as far as it is used here. */
const page = globalThis as {
  crossOriginIsolated?: boolean;
  navigator?: { hardwareConcurrency?: number };
};

/** The most threads that are worth their start in a page, which shares the machine with others. */
const mostThreads = 16;

let started: Promise<{ backend: ResidencyCpuBackend; report: CpuBackendReport }> | undefined;

async function start(): Promise<{ backend: ResidencyCpuBackend; report: CpuBackendReport }> {
  const build = bestKernelBuild();
  // Bundlers know these two forms and put the files beside the page's own.
  const address =
    build === "simd"
      ? new URL("../../../../assets/kernels/simd.wasm", import.meta.url)
      : new URL("../../../../assets/kernels/relaxed-simd.wasm", import.meta.url);
  const response = await fetch(address);
  if (!response.ok) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot load the kernels: ${address.href} answers ${response.status}; put the package's assets/kernels/*.wasm there`,
    );
  }
  const module = await WebAssembly.compile(await response.arrayBuffer());
  const isolated = page.crossOriginIsolated === true;
  const threads = isolated ? Math.min(mostThreads, page.navigator?.hardwareConcurrency ?? 1) : 1;
  const memory = createSharedMemory();
  const runner = startThreads({ module, memory, threads });
  // A page that computes before its workers have started would keep them from starting.
  await runner.ready();
  const backend = new ResidencyCpuBackend(memory, runner);
  registerCpuKernels();
  tf.registerBackend(cpuBackendName, () => backend);
  const reason = isolated
    ? "a browser has none"
    : "a browser has none, and one thread only, since the page is not cross-origin isolated (headers COOP and COEP)";
  return { backend, report: { build, threads, blas: { library: undefined, reason } } };
}

let running: ResidencyCpuBackend | undefined;

/**
 * Makes the backend the one in use and says what it runs on.
 *
 * @throws ResidencyError E_BACKEND when its kernels cannot be loaded.
 */
export async function startCpu(): Promise<CpuBackendReport> {
  started ??= start();
  try {
    const { backend, report } = await started;
    running = backend;
    if (!(await tf.setBackend(cpuBackendName))) throw new Error("the backend did not start");
    return report;
  } catch (error) {
    if (!running) started = undefined;
    throw error;
  }
}

/** What the backend's memory holds, or undefined while it has not been started. */
export function cpuMemory(): MemoryStatistics | undefined {
  return running?.statistics();
}

/** Counts the peak of memory from here on. */
export function resetCpuPeak(): void {
  running?.sharedMemory.resetPeak();
}

/** Chooses the compute backend: the best that works here, or the one that was asked for. */
import * as tf from "@tensorflow/tfjs-core";
// In Node, tfjs-core leaves the gradients of its operations out; loading tfjs-layers registers them all.
import "@tensorflow/tfjs-layers";
import type { CpuBackendReport } from "../backends/cpu/index.ts";
import { ResidencyError } from "../errors.ts";

/** The backends that the library can use, best first. */
export const backendNames = ["tensorflow", "webgpu", "residency-cpu", "wasm", "cpu"] as const;

/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

/** The backend in use and why it was taken. */
export interface BackendChoice {
  name: BackendName;
  reason: string;
  /** Better backends that were tried first, each with why it was not taken. */
  passedOver: readonly string[];
}

let current: BackendChoice | undefined;

/** What went wrong with one candidate, in a sentence. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0]!;
}

/** What the backend runs on, in a sentence. */
function describeCpu({ build, threads, blas }: CpuBackendReport): string {
  const products = blas.library
    ? `products by ${blas.library.description}`
    : `products by its own kernels (no BLAS: ${blas.reason})`;
  return `WebAssembly with ${build === "simd" ? "SIMD" : "relaxed SIMD"}, ${threads} thread${threads === 1 ? "" : "s"}, ${products}`;
}

async function load(name: BackendName, { isNamed }: { isNamed: boolean }): Promise<string> {
  switch (name) {
    case "tensorflow":
      // On a CPU others are faster, so that it has to be asked for.
      return (await import("../backends/tensorflow/index.ts")).startTensorflow({ needsGpu: !isNamed });
    case "webgpu":
      return (await import("../backends/webgpu/index.ts")).startWebgpu({
        gpu: environment("RESIDENCY_GPU"),
        halfTiles: environment("RESIDENCY_GPU_F16") === "1",
      });
    case "residency-cpu":
      return describeCpu(await (await import("../backends/cpu/index.ts")).startCpu());
    case "wasm":
      await (await import("../backends/wasm/index.ts")).startWasm();
      return "WebAssembly with SIMD, one thread";
    case "cpu":
      await import("@tensorflow/tfjs-backend-cpu");
      await tf.setBackend("cpu");
      return "plain JavaScript";
  }
}

function environment(variable: string): string | undefined {
  return typeof process === "undefined" ? undefined : process.env[variable];
}

/** The backend that the environment names. */
export const wantedBackend = (): string | undefined => environment("RESIDENCY_BACKEND");

/** The backend in use; none before one is chosen. */
export const currentBackend = (): BackendChoice | undefined => current;

/**
 * Makes a backend ready and says which and why; without a name the best that works here is taken, or the one that
 * the environment variable RESIDENCY_BACKEND names.
 *
 * @throws ResidencyError E_BACKEND when the named backend is unknown or does not start; E_CONFIG when an environment
 * variable of a backend has a value that is not allowed.
 * @example
 * const { name, reason } = await setBackend("wasm");
 */
export async function setBackend(name?: BackendName): Promise<BackendChoice> {
  const wanted = name ?? wantedBackend();
  if (wanted !== undefined && !backendNames.includes(wanted as BackendName)) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot use the backend "${wanted}": the backends are ${backendNames.join(", ")}`,
    );
  }
  const candidates = wanted === undefined ? backendNames : [wanted as BackendName];
  return startFirst(candidates, { what: "a compute backend", isNamed: wanted !== undefined });
}

/**
 * Starts the first of some backends that works; one that is not named has to be better than those behind it.
 *
 * @throws ResidencyError E_BACKEND, naming `what` was to be started, when none works; E_CONFIG as {@link setBackend} does.
 */
export async function startFirst(
  candidates: readonly BackendName[],
  { what, isNamed }: { what: string; isNamed: boolean },
): Promise<BackendChoice> {
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      const reason = await load(candidate, { isNamed });
      await tf.ready();
      current = { name: candidate, reason, passedOver: failures };
      return current;
    } catch (error) {
      // Who has set something wrong wants to hear of it, and not to get a slower backend.
      if (error instanceof ResidencyError && error.code === "E_CONFIG") throw error;
      failures.push(`${candidate}: ${explain(error)}`);
    }
  }
  throw new ResidencyError("E_BACKEND", `Cannot start ${what}: ${failures.join("; ")}`);
}

/**
 * The backend in use; chooses one first if none was chosen yet.
 *
 * @example
 * const { name, reason } = await ensureBackend();
 * console.log(`${name}: ${reason}`);
 */
export async function ensureBackend(): Promise<BackendChoice> {
  return current ?? (await setBackend());
}

/** Chooses the compute backend: the best that works here, or the one that was asked for. */
import * as tf from "@tensorflow/tfjs-core";
// In Node, tfjs-core leaves the gradients of its operations out; loading tfjs-layers registers them all.
import "@tensorflow/tfjs-layers";
import { ResidencyError } from "../errors.ts";

/** The backends that the library can use, best first. */
export const backendNames = ["tensorflow", "wasm", "cpu"] as const;

/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

/** The backend in use and why it was taken. */
export interface BackendChoice {
  name: BackendName;
  reason: string;
}

let current: BackendChoice | undefined;

/** What went wrong with one candidate, in a sentence. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0]!;
}

async function load(name: BackendName): Promise<string> {
  switch (name) {
    case "tensorflow":
      return (await import("../backends/tensorflow/index.ts")).startTensorflow();
    case "wasm":
      await (await import("../backends/wasm/index.ts")).startWasm();
      return "WebAssembly with SIMD, one thread";
    case "cpu":
      await import("@tensorflow/tfjs-backend-cpu");
      await tf.setBackend("cpu");
      return "plain JavaScript";
  }
}

function environmentChoice(): string | undefined {
  return typeof process === "undefined" ? undefined : process.env["RESIDENCY_BACKEND"];
}

/**
 * Makes a backend ready and says which and why; without a name the best that works here is taken, or the one that
 * the environment variable RESIDENCY_BACKEND names.
 *
 * @throws ResidencyError E_BACKEND when the named backend is unknown or does not start.
 * @example
 * const { name, reason } = await setBackend("wasm");
 */
export async function setBackend(name?: BackendName): Promise<BackendChoice> {
  const wanted = name ?? environmentChoice();
  if (wanted !== undefined && !backendNames.includes(wanted as BackendName)) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot use the backend "${wanted}": the backends are ${backendNames.join(", ")}`,
    );
  }
  const failures: string[] = [];
  for (const candidate of wanted === undefined ? backendNames : [wanted as BackendName]) {
    try {
      const reason = await load(candidate);
      await tf.ready();
      current = { name: candidate, reason };
      return current;
    } catch (error) {
      failures.push(`${candidate}: ${explain(error)}`);
    }
  }
  throw new ResidencyError("E_BACKEND", `Cannot start a compute backend: ${failures.join("; ")}`);
}

/** The backend in use; chooses one first if none was chosen yet. */
export async function ensureBackend(): Promise<BackendChoice> {
  return current ?? (await setBackend());
}

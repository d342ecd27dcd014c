/** Finds a GPU and starts the backend on it. */
import * as tf from "@tensorflow/tfjs-core";
import { adapterText, chooseAdapter, type AdapterDescription, type FoundAdapter } from "./adapters.ts";
import { browserAdapters, platformGpu } from "./platform.ts";

async function findAdapters(): Promise<FoundAdapter[]> {
  const gpu = platformGpu();
  return gpu ? browserAdapters(gpu) : (await import("./node.ts")).nodeAdapters();
}

/**
 * The GPUs that WebGPU finds here, the platform's preference first; the place in the list is what RESIDENCY_GPU may name.
 *
 * @throws ResidencyError E_BACKEND when there is no WebGPU here at all.
 */
export async function listGpus(): Promise<AdapterDescription[]> {
  return (await findAdapters()).map(({ name, vendor, architecture, api, type }) => ({
    name,
    vendor,
    architecture,
    api,
    type,
  }));
}

let runningOn: string | undefined;
let runningBackend: { readonly isLost: boolean } | undefined;

/** How the backend is started. */
export interface WebgpuOptions {
  /** A number in the list of {@link listGpus}, or a part of a name; the fastest that is hardware when left out. */
  gpu?: string | undefined;
  /** Halves the memory traffic of matrix products by float16 tiles, at the price of digits. */
  halfTiles?: boolean;
}

/**
 * Starts the backend "webgpu" on the adapter that `gpu` names, or else on the fastest that is hardware; says which.
 *
 * @throws ResidencyError E_BACKEND when no adapter fits or it does not open.
 */
export async function startWebgpu({ gpu, halfTiles = false }: WebgpuOptions = {}): Promise<string> {
  const chosen = chooseAdapter(await findAdapters(), gpu);
  const text = adapterText(chosen);
  const reason = `WebGPU on ${text}`;
  // The tensors of a model that is in use live in the backend that is there already.
  if (runningOn === text && !runningBackend?.isLost) {
    await tf.setBackend("webgpu");
    return reason;
  }
  const { createBackend } = await import("./backend.ts");
  const { registerWebgpuKernels } = await import("./kernels/index.ts");
  const backend = await createBackend(chosen, { halfTiles });
  // In a browser, loading tfjs's package has registered a backend of its own.
  if ((tf.findBackendFactory("webgpu") as unknown) !== null) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => backend);
  registerWebgpuKernels();
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs refused the backend");
  runningOn = text;
  runningBackend = backend;
  return reason;
}

/** Finds a GPU and starts the backend on it. */
import * as tf from "@tensorflow/tfjs-core";
import { adapterText, chooseAdapter, type AdapterDescription, type FoundAdapter } from "./adapters.ts";
import { browserAdapters, platformGpu } from "./browser.ts";

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

/**
 * Starts the backend "webgpu" on the adapter that `wanted` names, or else on the fastest that is hardware; says which.
 *
 * @throws ResidencyError E_BACKEND when no adapter fits or it does not open.
 */
export async function startWebgpu(wanted?: string): Promise<string> {
  const chosen = chooseAdapter(await findAdapters(), wanted);
  const text = adapterText(chosen);
  const reason = `WebGPU on ${text}`;
  // The tensors of a model that is in use live in the backend that is there already.
  if (runningOn === text && !runningBackend?.isLost) {
    await tf.setBackend("webgpu");
    return reason;
  }
  const { createBackend } = await import("./backend.ts");
  const { registerWebgpuKernels } = await import("./kernels/index.ts");
  const backend = await createBackend(chosen);
  // In a browser, loading tfjs's package has registered a backend of its own.
  if ((tf.findBackendFactory("webgpu") as unknown) !== null) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => backend);
  registerWebgpuKernels();
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs refused the backend");
  runningOn = text;
  runningBackend = backend;
  return reason;
}

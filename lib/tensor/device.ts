/** Chooses a backend by the device that it computes on. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import {
  currentBackend,
  startFirst,
  wantedBackend,
  type BackendChoice,
  type BackendName,
} from "./backend.ts";

/** The backends that compute on each device, best first. */
const backendsOf = {
  cpu: ["residency-cpu", "wasm", "cpu"],
  gpu: ["tensorflow", "webgpu"],
  cuda: ["tensorflow"],
  webgpu: ["webgpu"],
} as const satisfies Record<string, readonly BackendName[]>;

/** What a model can compute on: the processor, any GPU, or one by TensorFlow's CUDA or by WebGPU. */
export type Device = keyof typeof backendsOf;

/** The device of a backend that is started. */
function deviceOf(backend: BackendName): Exclude<Device, "gpu"> {
  if (backend !== "tensorflow") return backend === "webgpu" ? "webgpu" : "cpu";
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  return isUsingGpuDevice === true ? "cuda" : "cpu";
}

/**
 * Makes a backend ready that computes on a device, and says which. The one in use stays when it does; otherwise the best that works
 * here is taken, or the one that RESIDENCY_BACKEND names when it is of that device. There is one backend at a time: what is
 * computed from then on, by whichever model, is computed there.
 *
 * @throws ResidencyError E_BACKEND when there is no such device, or no backend for it starts.
 * @example
 * const { name } = await setDevice("cpu");
 */
export async function setDevice(device: Device): Promise<BackendChoice> {
  if (!Object.hasOwn(backendsOf, device)) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot use the device ${JSON.stringify(device)}: the devices are ${Object.keys(backendsOf).join(", ")}`,
    );
  }
  const current = currentBackend();
  if (current) {
    const own = deviceOf(current.name);
    if (own === device || (device === "gpu" && own !== "cpu")) return current;
  }
  const candidates: readonly BackendName[] = backendsOf[device];
  const wanted = candidates.filter((name) => name === wantedBackend());
  return startFirst(wanted.length > 0 ? wanted : candidates, {
    what: `the device "${device}"`,
    isNamed: false,
  });
}

/** What stands for Dawn in a browser, which has WebGPU itself or not at all. */
import { ResidencyError } from "../../errors.ts";
import type { FoundAdapter } from "./adapters.ts";

/** Throws ResidencyError E_BACKEND: it is called only where the browser has no WebGPU. */
export function nodeAdapters(): Promise<FoundAdapter[]> {
  return Promise.reject(
    new ResidencyError("E_BACKEND", "Cannot use a GPU: this browser or page has no WebGPU (navigator.gpu)"),
  );
}

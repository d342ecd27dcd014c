/** The adapters of a browser, of Deno and of whatever else has `navigator.gpu`. */
import { adapterInfo, describeAdapter, type FoundAdapter } from "./adapters.ts";

/** The WebGPU entry point of the platform, or undefined where there is none. */
export function platformGpu(): GPU | undefined {
  return (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
}

/** The adapters that the platform gives for each power preference, the faster one first, each once. */
export async function browserAdapters(gpu: GPU): Promise<FoundAdapter[]> {
  const found: FoundAdapter[] = [];
  for (const powerPreference of ["high-performance", "low-power"] as const) {
    const adapter = await gpu.requestAdapter({ powerPreference });
    if (!adapter) continue;
    const description = describeAdapter(adapterInfo(adapter), "", "browser");
    if (found.some(({ name, vendor }) => name === description.name && vendor === description.vendor))
      continue;
    found.push({ ...description, open: () => Promise.resolve(adapter) });
  }
  return found;
}

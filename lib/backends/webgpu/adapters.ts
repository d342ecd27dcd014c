/** Which graphics processor is used: what is known of each one, and the rule that picks among them. */
import { ResidencyError } from "../../errors.ts";

/** What is known of an adapter, which is WebGPU's word for a GPU and its driver. */
export interface AdapterDescription {
  /** The driver's name of the device, such as "NVIDIA H100 80GB HBM3"; a browser gives the architecture only. */
  name: string;
  /** In lower case, such as "nvidia", "amd", "intel", "apple"; empty where it is not told. */
  vendor: string;
  /** The family of the device, such as "ampere"; empty where it is not told. */
  architecture: string;
  /** The graphics interface below: "vulkan", "d3d12", "metal", or "browser" where that is not told. */
  api: string;
  /** "software" computes on the CPU, more slowly than the other backends do. */
  type: "hardware" | "software";
}

/** An adapter that can be opened. */
export interface FoundAdapter extends AdapterDescription {
  open(): Promise<GPUAdapter>;
}

/** What WebGPU tells of an adapter; the types that tfjs brings are older than `isFallbackAdapter`. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  isFallbackAdapter?: boolean;
}

/** The information of an adapter. */
export function adapterInfo(adapter: GPUAdapter): AdapterInfo {
  return (adapter as unknown as { info: AdapterInfo }).info;
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Puts what an adapter tells into our words; `name` is what the platform calls it, where it does. */
export function describeAdapter(info: AdapterInfo, name: string, api: string): AdapterDescription {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const shown = name || description || device || architecture || vendor || "unnamed";
  const software =
    isFallbackAdapter || softwareNames.test([name, device, description, architecture].join(" "));
  return { name: shown, vendor, architecture, api, type: software ? "software" : "hardware" };
}

/** An adapter as a person reads it. */
export function adapterText({ name, vendor, architecture, api, type }: AdapterDescription): string {
  const family = [vendor, architecture].filter((part) => part !== "").join(" ");
  return `${name} (${[family, api, type].filter((part) => part !== "").join(", ")})`;
}

const listText = (adapters: readonly AdapterDescription[]): string =>
  adapters.map((adapter, index) => `${index}: ${adapterText(adapter)}`).join("; ") || "none";

/**
 * Picks an adapter out of a list whose order is the platform's preference. `wanted` is a number in the list or a part of
 * a name, vendor or architecture; without it the first that is hardware is taken, and never one that is software.
 *
 * @throws ResidencyError E_BACKEND when none fits.
 */
export function chooseAdapter<A extends AdapterDescription>(adapters: readonly A[], wanted?: string): A {
  if (wanted === undefined || wanted === "") {
    const hardware = adapters.find(({ type }) => type === "hardware");
    if (hardware) return hardware;
    const reason =
      adapters.length === 0
        ? "WebGPU finds no adapter"
        : `WebGPU finds only software (${listText(adapters)}), which is slower than the CPU backends; set RESIDENCY_GPU to its name to use it all the same`;
    throw new ResidencyError("E_BACKEND", `Cannot use a GPU: ${reason}`);
  }
  const part = wanted.toLowerCase();
  const chosen = /^\d+$/.test(wanted)
    ? adapters[Number(wanted)]
    : adapters.find(({ name, vendor, architecture }) =>
        [name, vendor, architecture].some((text) => text.toLowerCase().includes(part)),
      );
  if (chosen) return chosen;
  throw new ResidencyError(
    "E_BACKEND",
    `Cannot use the GPU "${wanted}": RESIDENCY_GPU is a number or a part of a name of this list: ${listText(adapters)}`,
  );
}

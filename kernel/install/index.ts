/** The front door of the kernelspec's installation. */
export { createKernelspec, installKernelspec, uninstallKernelspec } from "./kernelspec.ts";
export type { KernelspecOptions, KernelspecPlace } from "./kernelspec.ts";

/** The front door of the kernel process. */
export { startKernel } from "./kernel.ts";
export type { Kernel, KernelOptions } from "./kernel.ts";
export { runKernelProcess } from "./process.ts";

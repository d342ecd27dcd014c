/** The front door of the kernel process. */
export type { Kernel, KernelOptions } from "./kernel.ts";
export { runKernelProcess } from "./process.ts";

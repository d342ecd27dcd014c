/** The fused kernels of the WebGPU backend. */
export { registerWebgpuKernels } from "./register.ts";

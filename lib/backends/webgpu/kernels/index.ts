/** The fused kernels of the WebGPU backend, and what is needed to run programs beside them. */
export type { ResidencyWebGPUBackend } from "../backend.ts";
export { makeOutput, runProgram, type Program } from "./program.ts";
export { registerWebgpuKernels } from "./register.ts";

/** The WebGPU backend: any vendor's GPU, in Node through Dawn, in a browser as it is. */
export { type AdapterDescription } from "./adapters.ts";
export { type BufferMemory } from "./buffers.ts";
export { gpuMemory, resetGpuPeak } from "./memory.ts";
export { listGpus, startWebgpu, type WebgpuOptions } from "./start.ts";

/** The backend `residency-cpu`: all cores, SIMD, the system's BLAS where there is one. */
export { createAllocator, type Allocator, type AllocatorStatistics } from "./allocator.ts";
export { cpuBackendName } from "./backend.ts";
export { bestKernelBuild, type KernelBuild } from "./kernel-module.ts";
export { cpuMemory, resetCpuPeak, startCpu, type CpuBackendReport } from "./node.ts";
export { createSharedMemory, type MemoryStatistics, type SharedMemory } from "./shared-memory.ts";

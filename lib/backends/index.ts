/** Compute backends: the contract of their fused kernels. Each backend is a folder with a front door of its own. */
export { mayRunDirectly, runKernel } from "./direct-kernel.ts";
export {
  hasFusedKernel,
  registerFusedKernel,
  runFusedKernel,
  smoothingOf,
  type FusedKernelCall,
  type FusedKernelName,
  type FusedKernels,
  type GateActivation,
  type PackedFormat,
  type Reduction,
  type TokenLoss,
} from "./fused-kernels.ts";
export { fourBitValues } from "./four-bit.ts";

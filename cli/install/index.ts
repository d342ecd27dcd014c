/** The front door of `residency kernel install`. */
export { changeKernel } from "./change-kernel.ts";

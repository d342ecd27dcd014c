/** The front door of the kernelspec's installation. */
export { installKernelspec, readKernelspec, uninstallKernelspec } from "./install.ts";
export type { InstalledKernelspec, KernelspecOptions } from "./install.ts";
export { createKernelspec } from "./kernelspec.ts";
export type { Kernelspec, KernelspecContentOptions } from "./kernelspec.ts";
export { checkNodeProgram, isNewEnough, packageVersions } from "./node-program.ts";
export type { NodeProgram } from "./node-program.ts";
export { commonDataFolders, kernelspecFolder, runtimeFolder, userDataFolder } from "./places.ts";
export type { KernelspecPlace } from "./places.ts";

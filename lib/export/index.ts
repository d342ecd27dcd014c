/** Models and runs for other programs: GGUF files for llama.cpp, folders for transformers, jobs for accelerate. */
export {
  exportGguf,
  exportSafetensors,
  type ExportedFile,
  type ExportGgufOptions,
  type ExportSafetensorsOptions,
} from "./node.ts";
export { exportAccelerate, type ExportAccelerateOptions } from "./accelerate/node.ts";
export { mixedPrecisions, type MixedPrecision } from "./accelerate/job.ts";
export { strategies, type LaunchOptions, type Strategy } from "./accelerate/launch-files.ts";
export { dataFormats, parseRunConfig, type DataFormat, type RunConfig } from "./run-config.ts";

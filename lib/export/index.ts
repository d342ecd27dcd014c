/** Models for other programs: GGUF files for llama.cpp, folders for transformers. */
export {
  exportGguf,
  exportSafetensors,
  type ExportedFile,
  type ExportGgufOptions,
  type ExportSafetensorsOptions,
} from "./node.ts";

/** Reads and writes adapter folders as PEFT has them: adapter_config.json and adapter_model.safetensors. */
import { path } from "../files/index.ts";
import { encodeSafetensors, type TensorToStore } from "../formats/index.ts";
import { readJsonFile, readSafetensorsFile, writeFileAtomically, type StoredTensor } from "../hub/index.ts";

/** The content of an adapter folder. */
export interface AdapterFolder<T> {
  config: Record<string, unknown>;
  tensors: T;
}

/** Writes both files; the tensors first, so that a folder with a config is complete. */
export function writeAdapterFolder(
  folder: string,
  { config, tensors }: AdapterFolder<Record<string, TensorToStore>>,
): void {
  writeFileAtomically(
    path.join(folder, "adapter_model.safetensors"),
    encodeSafetensors(tensors, { format: "pt" }),
  );
  writeFileAtomically(path.join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** The last part of a folder's path. */
export const folderName = (folder: string): string => path.basename(path.resolve(folder));

/** Reads both files. */
export function readAdapterFolder(folder: string): AdapterFolder<Map<string, StoredTensor>> {
  return {
    config: readJsonFile(path.join(folder, "adapter_config.json")),
    tensors: new Map(readSafetensorsFile(path.join(folder, "adapter_model.safetensors"))),
  };
}

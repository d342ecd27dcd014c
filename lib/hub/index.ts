/** Checkpoint folders. */
export {
  assetPath,
  readCheckpoint,
  readJsonFile,
  readSafetensorsFile,
  writeFileAtomically,
  type StoredTensor,
} from "./node.ts";

/** Checkpoint folders. */
export {
  readCheckpoint,
  readJsonFile,
  readSafetensorsFile,
  writeFileAtomically,
  type StoredTensor,
} from "./node.ts";

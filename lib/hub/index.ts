/** Checkpoint folders, and the hub that they come from and go to. */
export {
  downloadChosen,
  hfHubDownload,
  snapshotDownload,
  type Snapshot,
  type SnapshotOptions,
} from "./download/node.ts";
export type { RepoListing } from "./api.ts";
export { isPickle, matchesPattern, type RepoType } from "./names.ts";
export { pretrainedFolder, type PretrainedPart } from "./pretrained/node.ts";
export type { DownloadOptions, DownloadProgress, HubOptions } from "./session/node.ts";
export {
  assetPath,
  readCheckpoint,
  readJsonFile,
  readSafetensorsFile,
  writeFileAtomically,
  type StoredTensor,
} from "./node.ts";
export { adapterModelCard, type ModelCardOptions } from "./model-card.ts";
export { pushToHub, type PushToHubOptions, type Saveable } from "./push/node.ts";
export { uploadFolder, type UploadOptions, type UploadResult } from "./upload/node.ts";

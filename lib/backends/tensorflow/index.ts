/** The backend on TensorFlow's own library, by way of @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node. */
export { buildCommand } from "./failure.ts";
export { findInstalledPackage, packageFolderIn, startTensorflow, tensorflowCacheFolder } from "./node.ts";
export {
  buildRecordFile,
  tensorflowPackages,
  tensorflowPackageVersion,
  type BuildRecord,
  type TensorflowPackage,
} from "./packages.ts";

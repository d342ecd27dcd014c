/** What stands for TensorFlow's binding in a browser: nothing, said clearly. */
import { ResidencyError } from "../../errors.ts";
import type * as node from "./node.ts";

const refusal = (): ResidencyError =>
  new ResidencyError("E_PLATFORM", "Cannot use TensorFlow's library in a browser: it is native code");

/** Rejects with ResidencyError E_PLATFORM. */
export const startTensorflow: typeof node.startTensorflow = () => Promise.reject(refusal());

/** Nothing is installed in a browser. */
export const findInstalledPackage: typeof node.findInstalledPackage = () => undefined;

/** Throws ResidencyError E_PLATFORM. */
export const packageFolderIn: typeof node.packageFolderIn = () => {
  throw refusal();
};

/** Throws ResidencyError E_PLATFORM. */
export const tensorflowCacheFolder: typeof node.tensorflowCacheFolder = () => {
  throw refusal();
};

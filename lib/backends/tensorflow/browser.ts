/** What stands for TensorFlow's binding in a browser: nothing, said clearly. */
import { ResidencyError } from "../../errors.ts";

const refuse = (): never => {
  throw new ResidencyError("E_PLATFORM", "Cannot use TensorFlow's library in a browser: it is native code");
};

/** Throws ResidencyError E_PLATFORM. */
export function startTensorflow(_options: { needsGpu: boolean }): Promise<string> {
  return Promise.resolve().then(refuse);
}

/** Nothing is installed in a browser. */
export function findInstalledPackage(_name: string): string | undefined {
  return undefined;
}

/** Throws ResidencyError E_PLATFORM. */
export const packageFolderIn = (_folder: string, _name: string): string => refuse();

/** Throws ResidencyError E_PLATFORM. */
export const tensorflowCacheFolder = (): string => refuse();

/** Publishing an adapter from a page: refused, as uploads are. */
import { uploadFolder } from "../upload/browser.ts";
import type { UploadResult } from "../upload/node.ts";
import type { PushToHubOptions, Saveable } from "./node.ts";

/** Throws ResidencyError E_PLATFORM: uploads need Node. */
export function pushToHub(
  _adapter: Saveable | string,
  repoId: string,
  _options: PushToHubOptions = {},
): Promise<UploadResult> {
  return uploadFolder("", repoId);
}

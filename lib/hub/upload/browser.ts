/** Uploads from a page: there are none, since a page is no place for a token that may write. */
import { ResidencyError } from "../../errors.ts";
import type { UploadOptions, UploadResult } from "./node.ts";

/** Throws ResidencyError E_PLATFORM: uploads need Node. */
export function uploadFolder(
  _folder: string,
  repoId: string,
  _options: UploadOptions = {},
): Promise<UploadResult> {
  return Promise.reject(
    new ResidencyError(
      "E_PLATFORM",
      `Cannot upload to ${repoId} from a browser: save the folder, take it to a machine with Node, and upload it there`,
    ),
  );
}

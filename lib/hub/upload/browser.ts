/** Uploads from a page: there are none, since a page is no place for a token that may write. */
import { ResidencyError } from "../../errors.ts";
import type * as node from "./node.ts";

/** Rejects with ResidencyError E_PLATFORM: uploads need Node. */
export const uploadFolder: typeof node.uploadFolder = (_folder, repoId) =>
  Promise.reject(
    new ResidencyError(
      "E_PLATFORM",
      `Cannot upload to ${repoId} from a browser: save the folder, take it to a machine with Node, and upload it there`,
    ),
  );

/** Publishing an adapter from a page: refused, as uploads are. */
import { uploadFolder } from "../upload/browser.ts";
import type * as node from "./node.ts";

/** Rejects with ResidencyError E_PLATFORM: uploads need Node. */
export const pushToHub: typeof node.pushToHub = (_adapter, repoId) => uploadFolder("", repoId);

/** Publishes an adapter on the hub, with its card. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { adapterModelCard, type ModelCardOptions } from "../model-card.ts";
import { checkRepoId } from "../names.ts";
import { uploadFolder, type UploadOptions, type UploadResult } from "../upload/node.ts";

/** What can be saved as a folder, such as a `PeftModel`. */
export interface Saveable {
  savePretrained(folder: string): void | Promise<void>;
}

/** How an adapter is published. */
export type PushToHubOptions = UploadOptions & Omit<ModelCardOptions, "repoId">;

/**
 * Uploads an adapter, as a model that can be saved or as its folder, with a card where the folder has no README.md.
 *
 * @throws ResidencyError as {@link uploadFolder} does.
 * @example
 * await pushToHub(model, "owner/adapter", { baseModel: "owner/base", license: "apache-2.0" });
 */
export async function pushToHub(
  adapter: Saveable | string,
  repoId: string,
  options: PushToHubOptions = {},
): Promise<UploadResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-push-"));
  try {
    if (typeof adapter === "string") copyFolder(adapter, folder);
    else await adapter.savePretrained(folder);
    const card = path.join(folder, "README.md");
    if (!fs.existsSync(card))
      fs.writeFileSync(card, adapterModelCard({ ...options, repoId: checkRepoId(repoId) }));
    const commitMessage = options.commitMessage ?? "Upload adapter with residency";
    return await uploadFolder(folder, repoId, { ...options, commitMessage });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function copyFolder(from: string, to: string): void {
  if (fs.statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ResidencyError("E_CONFIG", `Cannot upload ${from}: there is no such folder`);
  }
  fs.cpSync(from, to, { recursive: true });
}

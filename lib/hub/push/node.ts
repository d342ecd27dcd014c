/** Publishes an adapter on the hub, with its card. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { adapterModelCard, type ModelCardOptions } from "../model-card.ts";
import { checkRepoId, isModelId } from "../names.ts";
import { readJsonFile } from "../node.ts";
import { uploadFolder, type UploadOptions, type UploadResult } from "../upload/node.ts";

/** What can be saved as a folder, such as a `PeftModel`. */
export interface Saveable {
  savePretrained(folder: string): void | Promise<void>;
}

/** How an adapter is published. */
export type PushToHubOptions = UploadOptions & Omit<ModelCardOptions, "repoId">;

/**
 * Uploads an adapter, as a model that can be saved or as its folder, with a card where the folder has no README.md. `baseModel` is
 * what the card and `base_model_name_or_path` of adapter_config.json name. Without it they name what the adapter was saved with,
 * unless that is a folder of this machine, which is of no use elsewhere and may tell of its owner: it is left out, with a warning.
 *
 * @throws ResidencyError as {@link uploadFolder} does; E_CHECKPOINT for an adapter_config.json that cannot be read.
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
    const baseModel = nameBaseModel(folder, options.baseModel);
    const card = path.join(folder, "README.md");
    if (!fs.existsSync(card))
      fs.writeFileSync(card, adapterModelCard({ ...options, baseModel, repoId: checkRepoId(repoId) }));
    const commitMessage = options.commitMessage ?? "Upload adapter with residency";
    return await uploadFolder(folder, repoId, { ...options, commitMessage });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes adapter_config.json name the base model as it is to be published, and gives that name. */
function nameBaseModel(folder: string, chosen: string | undefined): string | undefined {
  const file = path.join(folder, "adapter_config.json");
  if (!fs.existsSync(file)) return chosen;
  const config = readJsonFile(file);
  const saved = config["base_model_name_or_path"];
  if ((typeof saved !== "string" || saved === "") && chosen === undefined) return undefined;
  const name = chosen ?? (typeof saved === "string" && isPublished(saved) ? saved : undefined);
  if (name === saved) return name;
  if (name === undefined) {
    console.warn(
      "W_LOCAL_BASE: the adapter was saved with a folder of this machine as its base model, which is left out of what is uploaded; " +
        "name the model by baseModel",
    );
  }
  const json = JSON.stringify({ ...config, base_model_name_or_path: name ?? null }, null, 2);
  fs.writeFileSync(file, `${json}\n`);
  return name;
}

/** Whether a name means the same on another machine; a folder comes before an id, as where models are loaded. */
const isPublished = (name: string): boolean => isModelId(name) && !fs.existsSync(name);

function copyFolder(from: string, to: string): void {
  if (fs.statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ResidencyError("E_CONFIG", `Cannot upload ${from}: there is no such folder`);
  }
  fs.cpSync(from, to, { recursive: true });
}

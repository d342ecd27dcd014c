/** Turns what `fromPretrained` is given, a folder or an id of the hub, into a folder. */
import { ResidencyError } from "../../errors.ts";
import { fs, host, path } from "../../files/index.ts";
import type { RepoListing } from "../api.ts";
import { downloadChosen, hfHubDownload } from "../download/node.ts";
import { isRepoId } from "../names.ts";
import { readJsonFile, shardsOf } from "../node.ts";
import { isAddress, servedFolder } from "../served-folder.ts";
import type { DownloadOptions } from "../session/node.ts";

/** What is loaded from a folder. */
export type PretrainedPart = "model" | "tokenizer" | "adapter";

const smallFiles: Record<PretrainedPart, readonly string[]> = {
  model: ["config.json", "generation_config.json"],
  tokenizer: [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
  ],
  adapter: ["adapter_config.json", "adapter_model.safetensors"],
};

/** Where a repository has the chat templates that are not its default. */
const chatTemplates = "additional_chat_templates/";

const single = "model.safetensors";
const index = "model.safetensors.index.json";

/**
 * Gives back a folder that exists, and downloads what `owner/name` needs for a part when no such folder exists. In a browser
 * the address of a folder on a web server does, too.
 *
 * @throws ResidencyError as {@link hfHubDownload} does; E_CHECKPOINT when a model has no safetensors.
 * @example
 * await pretrainedFolder("assets/intern", "model"); // → "assets/intern"
 */
export async function pretrainedFolder(
  nameOrFolder: string,
  part: PretrainedPart,
  options: DownloadOptions = {},
): Promise<string> {
  if (host.isBrowser && isAddress(nameOrFolder)) {
    return servedFolder(nameOrFolder, smallFiles[part], part === "model", options);
  }
  // A path that is no id keeps the message of the reader that misses its file.
  if (fs.existsSync(nameOrFolder) || !isRepoId(nameOrFolder)) return nameOrFolder;
  const choose = async (listing: RepoListing): Promise<string[]> => {
    const files = listing.files.filter(
      (file) => smallFiles[part].includes(file) || (part === "tokenizer" && file.startsWith(chatTemplates)),
    );
    return part === "model" ? [...files, ...(await weightsOf(nameOrFolder, options, listing))] : files;
  };
  return (await downloadChosen(nameOrFolder, options, choose)).folder;
}

async function weightsOf(
  id: string,
  options: DownloadOptions,
  { commit, files }: RepoListing,
): Promise<string[]> {
  if (files.includes(single)) return [single];
  if (files.includes(index)) {
    const file = await hfHubDownload(id, index, { ...options, revision: commit });
    return [index, ...shardsOf(readJsonFile(file), path.basename(file))];
  }
  throw new ResidencyError(
    "E_CHECKPOINT",
    `Cannot load ${id}: it has neither ${single} nor ${index}; choose a repository or revision with safetensors`,
  );
}

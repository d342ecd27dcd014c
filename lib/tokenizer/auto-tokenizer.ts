/** Finds the tokenizer of a model. */
import { pretrainedFolder, type DownloadOptions } from "../hub/index.ts";
import { readTokenizerFolder } from "./node.ts";
import { Tokenizer, type PreTrainedTokenizer } from "./pretrained.ts";

/** Finds the tokenizer that belongs to a model. */
export const AutoTokenizer = {
  /**
   * Reads tokenizer.json, tokenizer_config.json and chat templates of a folder, of a tokenizer.json given by its path, or of
   * `owner/name` on the hub.
   *
   * @throws ResidencyError E_TOKENIZER where a file is missing or wrong; as `hfHubDownload` does for the hub.
   * @example
   * const tokenizer = await AutoTokenizer.fromPretrained("assets/intern");
   * tokenizer("Dx: pneumonia").inputIds.length > 0; // true
   */
  async fromPretrained(nameOrPath: string, options: DownloadOptions = {}): Promise<PreTrainedTokenizer> {
    const { tokenizer, config } = readTokenizerFolder(
      await pretrainedFolder(nameOrPath, "tokenizer", options),
    );
    return Tokenizer.fromJson(tokenizer, config);
  },
};

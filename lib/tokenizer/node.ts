/** Loads tokenizers from folders. */
import { ResidencyError } from "../errors.ts";
import { fs, path } from "../files/index.ts";
import { pretrainedFolder, type DownloadOptions } from "../hub/index.ts";
import { Tokenizer, type PreTrainedTokenizer } from "./pretrained.ts";

/** Finds the tokenizer that belongs to a model folder. */
export const AutoTokenizer = {
  /** Reads tokenizer.json and, where there is one, tokenizer_config.json of a folder or of `owner/name`; throws E_TOKENIZER. */
  async fromPretrained(nameOrFolder: string, options: DownloadOptions = {}): Promise<PreTrainedTokenizer> {
    const folder = await pretrainedFolder(nameOrFolder, "tokenizer", options);
    const tokenizer = await readJson(path.join(folder, "tokenizer.json"));
    if (tokenizer === undefined) {
      throw new ResidencyError(
        "E_TOKENIZER",
        `Cannot load a tokenizer from ${folder}: it has no tokenizer.json; give a folder that has one`,
      );
    }
    return Tokenizer.fromJson(tokenizer, (await readJson(path.join(folder, "tokenizer_config.json"))) ?? {});
  },
};

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await fs.promises.readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new ResidencyError("E_TOKENIZER", `Cannot read ${file}`, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ResidencyError("E_TOKENIZER", `Cannot read ${file}: it is not valid JSON; get the file again`, {
      cause,
    });
  }
}

/** Reads data files. */
import { ResidencyError } from "../errors.ts";
import { fs } from "../files/index.ts";
import { readJsonl, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";

/**
 * Reads a JSON Lines file as `readJsonl` does; errors name the file.
 *
 * @example
 * const rows = await readJsonlFile("assets/clinical/heldout.jsonl", { parse: parseClinicalRow });
 * rows[0]?.task; // → "Named Entity Recognition"
 */
export async function readJsonlFile(path: string): Promise<JsonRecord[]>;
/** Reads a JSON Lines file into typed rows as `readJsonl` does; errors name the file. */
export async function readJsonlFile<T>(path: string, options: ReadJsonlOptions<T>): Promise<T[]>;
export async function readJsonlFile(path: string, options?: ReadJsonlOptions<unknown>): Promise<unknown[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await fs.promises.readFile(path));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "it is not UTF-8" : "it cannot be opened";
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read ${path}: ${reason}; give the path of a JSON Lines file`,
      {
        cause,
      },
    );
  }
  try {
    return options ? readJsonl(text, options) : readJsonl(text);
  } catch (error) {
    if (error instanceof ResidencyError) throw new ResidencyError(error.code, `${path}: ${error.message}`);
    throw error;
  }
}

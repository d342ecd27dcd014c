/** Reads data files. */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ResidencyError } from "../errors.ts";
import { readJsonl, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";

/** More than this is not unpacked: a small file can hold endless text. */
const maxUnpackedBytes = 2 ** 30;

/** A file's bytes, unpacked where its name ends in .gz. */
async function readMaybePacked(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  return path.endsWith(".gz") ? promisify(gunzip)(bytes, { maxOutputLength: maxUnpackedBytes }) : bytes;
}

/** Reads a JSON Lines file, packed where its name ends in .gz, as `readJsonl` does; errors name the file. */
export async function readJsonlFile(path: string): Promise<JsonRecord[]>;
/** Reads a JSON Lines file, packed where its name ends in .gz, into typed rows as `readJsonl` does; errors name the file. */
export async function readJsonlFile<T>(path: string, options: ReadJsonlOptions<T>): Promise<T[]>;
export async function readJsonlFile(path: string, options?: ReadJsonlOptions<unknown>): Promise<unknown[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readMaybePacked(path));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const reason =
      code === "ERR_BUFFER_TOO_LARGE"
        ? `it unpacks to more than ${maxUnpackedBytes} bytes`
        : code.startsWith("Z_")
          ? "it is not gzip, or not whole"
          : code.startsWith("ERR_ENCODING")
            ? "it is not UTF-8"
            : "it cannot be opened";
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

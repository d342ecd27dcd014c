/** Reads data files. */
import { ResidencyError } from "../errors.ts";
import { fs } from "../files/index.ts";
import { readJsonl, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";

/** More than this is not unpacked: a small file can hold endless text. */
const maxUnpackedBytes = 2 ** 30;

/** The bytes of a gzip file. */
async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  for await (const part of stream as ReadableStream<Uint8Array>) {
    length += part.byteLength;
    if (length > maxUnpackedBytes) throw new RangeError(`it unpacks to more than ${maxUnpackedBytes} bytes`);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** A text file, unpacked where its name ends in .gz. */
async function readText(path: string): Promise<string> {
  let reason = "it cannot be opened";
  try {
    let bytes: Uint8Array = await fs.promises.readFile(path);
    if (path.endsWith(".gz")) {
      reason = "it is not gzip, or not whole";
      bytes = await unpacked(bytes as Uint8Array<ArrayBuffer>);
    }
    reason = "it is not UTF-8";
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) reason = cause.message;
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read ${path}: ${reason}; give the path of a JSON Lines file`,
      { cause },
    );
  }
}

/**
 * Reads a JSON Lines file, packed where its name ends in .gz, as `readJsonl` does; errors name the file.
 *
 * @example
 * const rows = await readJsonlFile("assets/corpus/test.jsonl.gz", { parse: parseClinicalRow });
 * rows[0]?.task; // → "Named Entity Recognition"
 */
export async function readJsonlFile(path: string): Promise<JsonRecord[]>;
/** Reads a JSON Lines file, packed where its name ends in .gz, into typed rows as `readJsonl` does; errors name the file. */
export async function readJsonlFile<T>(path: string, options: ReadJsonlOptions<T>): Promise<T[]>;
export async function readJsonlFile(path: string, options?: ReadJsonlOptions<unknown>): Promise<unknown[]> {
  const text = await readText(path);
  try {
    return options ? readJsonl(text, options) : readJsonl(text);
  } catch (error) {
    if (error instanceof ResidencyError) throw new ResidencyError(error.code, `${path}: ${error.message}`);
    throw error;
  }
}

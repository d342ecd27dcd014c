/** De-identifies a text or a JSON Lines file, row by row; the new file takes its place only when it is whole. */
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { deidentify, findIdentifiers, type DeidentifySource } from "../../lib/clinical/index.ts";
import { readJsonl } from "../../lib/data/index.ts";
import { ResidencyError } from "../../lib/index.ts";

/** Which file, which of its fields, and the secret. */
export type DeidentifyFileOptions = DeidentifySource & {
  file: string;
  output: string;
  /** The field that tells patients apart (of JSON Lines); a file of another kind is one patient's. */
  key: string;
  /** Fields with text; a row has to have one of them. */
  fields: readonly string[];
  /** Names that the records are known to hold. */
  names: readonly string[];
  /** Bytes read, of how many. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between rows; nothing is left behind then. */
  signal?: AbortSignal;
};

/** What was done: rows, and how many identifiers of each kind were replaced. */
export interface DeidentifiedFile {
  output: string;
  rows: number;
  found: Record<string, number>;
}

/** Rows between two looks at the signal and two reports of progress. */
const batch = 50;

/**
 * De-identifies `file` into `output`. The texts of a row are one patient's, so that a name which one of them introduces is found in
 * the others; rows with the same key get the same surrogates and the same shift of dates.
 *
 * @throws ResidencyError E_DATASET when the file cannot be read or a row has no key or no text, E_SAVE, E_INTERRUPTED, E_CONFIG.
 */
export async function deidentifyFile(options: DeidentifyFileOptions): Promise<DeidentifiedFile> {
  const { file, output, onProgress, signal } = options;
  if (path.resolve(file) === path.resolve(output))
    throw new ResidencyError("E_CONFIG", `Cannot write over ${file}: give another file with --out`);
  const { size } = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const result: DeidentifiedFile = { output, rows: 0, found: {} };
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    await mkdir(path.dirname(path.resolve(output)), { recursive: true });
    const target = createWriteStream(temporary);
    const written = finished(target);
    // Without this a failing disk would be an unhandled rejection before it is waited for.
    written.catch(() => undefined);
    if (/\.jsonl$/i.test(file)) {
      let [bytes, number] = [0, 0];
      for await (const line of createInterface({
        input: createReadStream(file, "utf8"),
        crlfDelay: Infinity,
      })) {
        bytes += Buffer.byteLength(line) + 1;
        if (number++ % batch === 0) {
          await new Promise((resolve) => setImmediate(resolve));
          throwIfStopped(signal);
          onProgress?.(Math.min(bytes, size), size);
        }
        if (line.trim() === "") continue;
        const text = `${JSON.stringify(deidentifyRow(line, number, options, result.found))}\n`;
        result.rows++;
        if (!target.write(text)) await Promise.race([once(target, "drain"), written]);
      }
    } else {
      const text = await readFile(file, "utf8");
      target.write(replaced(text, path.basename(file), options, options.names, result.found));
      result.rows = 1;
    }
    target.end();
    await written;
    throwIfStopped(signal);
    await rename(temporary, output);
    onProgress?.(size, size);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof Error && "syscall" in error)
      throw new ResidencyError("E_SAVE", `Cannot write ${output}: ${error.message}`, { cause: error });
    throw error;
  }
}

function deidentifyRow(
  line: string,
  number: number,
  options: DeidentifyFileOptions,
  found: Record<string, number>,
): Record<string, unknown> {
  let row: Record<string, unknown>;
  try {
    row = { ...readJsonl(line)[0] };
  } catch (cause) {
    throw wrongRow(options.file, number, "it is no JSON object", cause);
  }
  const key = row[options.key];
  if ((typeof key !== "string" && typeof key !== "number") || key === "")
    throw wrongRow(
      options.file,
      number,
      `the field "${options.key}" must say whose row it is; name it with --key`,
    );
  const texts = options.fields.flatMap((name) =>
    typeof row[name] === "string" ? [[name, row[name]] as const] : [],
  );
  if (texts.length === 0)
    throw wrongRow(
      options.file,
      number,
      `none of the fields ${options.fields.join(", ")} has text; name one with --field`,
    );
  const names = new Set(options.names);
  for (const [, text] of texts)
    for (const { kind, start, end } of findIdentifiers(text, { names: options.names }))
      if (kind === "name") names.add(text.slice(start, end));
  for (const [name, text] of texts) row[name] = replaced(text, String(key), options, [...names], found);
  return row;
}

function replaced(
  text: string,
  patientKey: string,
  { secret, seed }: DeidentifyFileOptions,
  names: readonly string[],
  counts: Record<string, number>,
): string {
  const source = secret === undefined ? { seed } : { secret };
  const { text: result, found } = deidentify(text, { patientKey, names, ...source });
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
  return result;
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ResidencyError("E_INTERRUPTED", "Stopped; nothing was written");
}

function wrongRow(file: string, number: number, why: string, cause?: unknown): ResidencyError {
  return new ResidencyError("E_DATASET", `Cannot de-identify ${file}, line ${number}: ${why}`, { cause });
}

function unreadable(file: string, cause: unknown): ResidencyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResidencyError("E_DATASET", `Cannot read ${file}: ${reason}`, { cause });
}

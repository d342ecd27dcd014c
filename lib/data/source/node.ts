/** Reads data files, folders of them and data sets of the hub. */
import { ResidencyError } from "../../errors.ts";
import { fs, path } from "../../files/index.ts";
import { downloadChosen, matchesPattern, type DownloadOptions, type RepoListing } from "../../hub/index.ts";
import { readCsv, type ReadCsvOptions } from "../csv.ts";
import { readJsonl, type JsonRecord } from "../jsonl.ts";
import { readParquet, type ReadParquetOptions } from "../parquet.ts";
import { filesOfSplit, kindOfFile, patternsOfCard, type DataFileKind } from "../splits.ts";

/** How one data file is read. */
export interface DataFileOptions {
  /** Its format (default: what its ending says). */
  kind?: DataFileKind;
  csv?: ReadCsvOptions;
  parquet?: ReadParquetOptions;
}

/** Which files of a folder are read. */
export interface FolderOptions {
  /** Such as train, validation or test. */
  split: string;
  csv?: ReadCsvOptions;
  /** Columns to read, which spares memory with Parquet (default: all). */
  columns?: readonly string[];
}

/** Which files of a data set on the hub are read. */
export interface HubDatasetOptions extends FolderOptions, Omit<DownloadOptions, "repoType"> {
  /** The configuration, by its name in the card or of its folder. */
  config?: string;
  /** Patterns of the files, in place of what the card and the names say. */
  dataFiles?: readonly string[];
}

/** A text is held as one string, which Node limits to about 512 million characters. */
const longestText = 400 * 2 ** 20;

/** Reads the rows of one file; errors name the file, and never show its text. Throws E_DATASET. */
export async function readDataFile(file: string, options: DataFileOptions = {}): Promise<JsonRecord[]> {
  const kind = options.kind ?? kindOfFile(file);
  try {
    if (kind === "parquet") return await readParquetFile(file, options.parquet);
    const text = await readText(file);
    if (kind === "csv") return readCsv(text, options.csv);
    if (kind === "tsv") return readCsv(text, { delimiter: "\t", ...options.csv });
    if (kind === "jsonl") return /^\s*\[/.test(text.slice(0, 1000)) ? readJsonList(text) : readJsonl(text);
  } catch (error) {
    if (error instanceof ResidencyError) throw new ResidencyError(error.code, `${file}: ${error.message}`);
    const code = (error as NodeJS.ErrnoException).code ?? "it is not UTF-8";
    throw new ResidencyError("E_DATASET", `Cannot read ${file}: ${code}; give the path of a data file`);
  }
  throw new ResidencyError(
    "E_DATASET",
    `Cannot read ${file}: its ending is of no known format; known are jsonl, ndjson, json, csv, tsv and parquet`,
  );
}

async function readText(file: string): Promise<string> {
  const { size } = await fs.promises.stat(file);
  if (size > longestText) {
    throw new ResidencyError(
      "E_DATASET",
      `it has ${size} bytes, and a text may have ${longestText}; divide it, or store it as Parquet`,
    );
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(await fs.promises.readFile(file));
}

function readJsonList(text: string): JsonRecord[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new ResidencyError("E_DATASET", "it is not valid JSON; correct it, or write one object a line");
  }
  const rows = list as unknown[];
  const wrong = rows.findIndex((row) => typeof row !== "object" || row === null || Array.isArray(row));
  if (wrong >= 0) throw new ResidencyError("E_DATASET", `item ${wrong} of the list is not an object`);
  if (rows.length === 0) throw new ResidencyError("E_DATASET", "the list is empty; give a file with data");
  return rows as JsonRecord[];
}

async function readParquetFile(file: string, options: ReadParquetOptions = {}): Promise<JsonRecord[]> {
  const handle = await fs.promises.open(file, "r");
  try {
    const { size } = await handle.stat();
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const from = start < 0 ? Math.max(0, size + start) : start;
      if (from > end || end > size) throw new RangeError("a part lies outside the file");
      const bytes = new Uint8Array(end - from);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      if (bytesRead !== bytes.length) throw new RangeError("the file ended too early");
      return bytes.buffer;
    };
    return await readParquet({ byteLength: size, slice }, options);
  } finally {
    await handle.close();
  }
}

/** Reads the files of a split one after the other; throws E_DATASET. */
async function readFiles(
  folder: string,
  names: readonly string[],
  options: FolderOptions,
): Promise<JsonRecord[]> {
  const { columns, csv } = options;
  const parts: JsonRecord[][] = [];
  for (const name of names) {
    const file = path.join(folder, ...name.split("/"));
    const rows = await readDataFile(file, { ...(csv && { csv }), ...(columns && { parquet: { columns } }) });
    const isPicked = columns === undefined || kindOfFile(name) === "parquet";
    parts.push(isPicked ? rows : rows.map((row) => pick(row, columns, file)));
  }
  return parts.flat();
}

function pick(row: JsonRecord, columns: readonly string[], file: string): JsonRecord {
  const missing = columns.find((name) => !Object.hasOwn(row, name));
  if (missing !== undefined) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read column "${missing}" of ${file}: a row does not have it`,
    );
  }
  return Object.fromEntries(columns.map((name) => [name, row[name]]));
}

/** Reads a split of a folder; throws E_DATASET. */
export async function readFolder(folder: string, options: FolderOptions): Promise<JsonRecord[]> {
  let names: string[];
  try {
    names = await fs.promises.readdir(folder, { recursive: true });
  } catch (cause) {
    throw new ResidencyError("E_DATASET", `Cannot read ${folder}: give a folder of data files`, { cause });
  }
  const files = filesOfSplit(
    names.map((name) => name.split(path.sep).join("/")),
    options.split,
  );
  return readFiles(folder, files, options);
}

/** Downloads and reads a split of a data set on the hub; throws E_DATASET and the hub's errors. */
export async function readHubDataset(id: string, options: HubDatasetOptions): Promise<JsonRecord[]> {
  let chosen: string[] = [];
  const choose = (listing: RepoListing): string[] => (chosen = hubFiles(listing, options));
  const { folder } = await downloadChosen(id, { ...options, repoType: "dataset" }, choose);
  return readFiles(folder, chosen, options);
}

function hubFiles({ files, card }: RepoListing, { split, config, dataFiles }: HubDatasetOptions): string[] {
  const patterns = dataFiles ?? patternsOfCard(card, split, config);
  if (!patterns) {
    const below = config === undefined ? files : files.filter((name) => name.split("/").includes(config));
    return filesOfSplit(below, split);
  }
  const matching = files.filter((name) => kindOfFile(name) !== undefined && matchesPattern(name, patterns));
  if (matching.length > 0) return matching.sort();
  throw new ResidencyError("E_DATASET", `Cannot find data files: none is called ${patterns.join(" or ")}`);
}

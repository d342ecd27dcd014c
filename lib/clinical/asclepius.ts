/** Reads starmpcc/Asclepius-Synthetic-Clinical-Notes row by row, so that 158,000 notes need not fit into memory. */
import { ResidencyError } from "../errors.ts";
import { parseClinicalRow, type ClinicalRow } from "./rows.ts";
import { clinicalTasks, type ClinicalTask } from "./tasks/names.ts";

/** Where the rows come from: pieces of the CSV text, cut anywhere, such as a file's stream or a response's body. */
export type CsvPieces = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** Which rows are wanted. */
export interface AsclepiusOptions {
  /** Default: all eight. */
  tasks?: readonly ClinicalTask[];
  /** The longest note, question and answer together, in characters (default: any). */
  maxCharacters?: number;
  /** Any further condition. */
  filter?: (row: ClinicalRow) => boolean;
  /** How many rows are given; the rest is not read (default: all). */
  limit?: number;
}

/** The columns of the data set's CSV file. */
const columns = ["patient_id", "note", "question", "answer", "task"] as const;

/** A record of one million characters is no note. */
const longestRecord = 1_000_000;

/**
 * The rows of the data set's CSV file that pass the filters, as they come.
 *
 * @throws ResidencyError E_DATASET with the row's number when the text is not this CSV; E_CONFIG for a wrong option.
 * @example
 * const head = "patient_id,note,question,answer,task\n";
 * const file = new Blob([head, '1,"Dx: PNA","Diagnosis?","Pneumonia.",Question Answering\n']);
 * for await (const { question, answer } of readAsclepius(file.stream(), { limit: 100 })) {
 *   console.log(question, answer);
 * }
 */
export async function* readAsclepius(
  pieces: CsvPieces,
  options: AsclepiusOptions = {},
): AsyncGenerator<ClinicalRow, void, void> {
  const { tasks = clinicalTasks, maxCharacters = Infinity, filter = () => true, limit = Infinity } = options;
  if (!(limit >= 0) || !(maxCharacters > 0)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot read with limit ${limit} and maxCharacters ${maxCharacters}: give a limit of at least 0 and a length above 0`,
    );
  }
  if (limit === 0) return;
  const wanted = new Set(tasks);
  let [given, number] = [0, 0];
  let places: number[] | undefined;
  for await (const fields of csvRecords(pieces)) {
    number++;
    if (!places) {
      places = columns.map((column) => fields.indexOf(column));
      if (places.some((place) => place < 0)) {
        throw new ResidencyError("E_DATASET", `The CSV's head must have the columns ${columns.join(", ")}`);
      }
      continue;
    }
    const record = Object.fromEntries(columns.map((column, index) => [column, fields[places![index]!]]));
    let row: ClinicalRow;
    try {
      row = parseClinicalRow({ ...record, patient_id: Number(record["patient_id"]) });
    } catch (error) {
      throw new ResidencyError("E_DATASET", `Record ${number} of the CSV: ${(error as Error).message}`);
    }
    const length = row.note.length + row.question.length + row.answer.length;
    if (!wanted.has(row.task) || length > maxCharacters || !filter(row)) continue;
    yield row;
    if (++given >= limit) return;
  }
  if (!places) throw new ResidencyError("E_DATASET", "The CSV is empty: give the data set's file");
}

/** Records of a CSV text that comes in pieces (RFC 4180); values may hold line breaks in quotes. */
async function* csvRecords(pieces: CsvPieces): AsyncGenerator<string[], void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let fields: string[] = [];
  let value = "";
  let number = 1;
  let state: "start" | "plain" | "quoted" | "quote" | "return" = "start";
  const broken = (reason: string): ResidencyError =>
    new ResidencyError("E_DATASET", `Record ${number} of the CSV: ${reason}`);
  const decode = (piece?: string | Uint8Array): string => {
    if (typeof piece === "string") return piece;
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch {
      throw broken("it is not UTF-8");
    }
  };
  const takeRecord = (): string[] => {
    const record = [...fields, value];
    [fields, value, state] = [[], "", "start"];
    number++;
    return record;
  };
  for await (const piece of pieces) {
    const text = decode(piece);
    let at = 0;
    while (at < text.length) {
      if (state === "quoted") {
        const end = text.indexOf('"', at);
        value += text.slice(at, end < 0 ? text.length : end);
        if (value.length > longestRecord) throw broken("a value is longer than a million characters");
        if (end < 0) break;
        [state, at] = ["quote", end + 1];
        continue;
      }
      const unit = text[at++]!;
      if (state === "return") {
        if (unit !== "\n") throw broken("a carriage return ends no line");
        yield takeRecord();
      } else if (unit === '"' && state === "quote") [value, state] = [`${value}"`, "quoted"];
      else if (unit === '"' && state === "start" && value === "") state = "quoted";
      else if (unit === ",") {
        fields.push(value);
        [value, state] = ["", "start"];
      } else if (unit === "\r") state = "return";
      else if (unit === "\n") yield takeRecord();
      else if (state === "quote" || unit === '"')
        throw broken("a quote stands inside a value that is not quoted");
      else if (unit !== "\uFEFF" || number > 1) [value, state] = [value + unit, "plain"];
      if (value.length > longestRecord) throw broken("a value is longer than a million characters");
    }
  }
  decode();
  if (state === "quoted") throw broken("a quoted value does not end");
  if (fields.length > 0 || value !== "") yield takeRecord();
}

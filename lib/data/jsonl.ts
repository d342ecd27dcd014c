/** Reads JSON Lines; errors tell the line and never the content, which may be about patients. */
import { ResidencyError } from "../errors.ts";

/** One line of a file: a JSON object whose values have not been checked. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** How lines are read. */
export interface ReadJsonlOptions<T> {
  /** Turns a record into a row; it throws where the record is no such row. */
  parse: (record: JsonRecord) => T;
}

/**
 * Reads every non-empty line as a JSON object; a byte order mark and CRLF are allowed. Throws E_DATASET.
 *
 * @example
 * readJsonl('{"note":"a"}\n{"note":"b"}\n'); // → [{ note: "a" }, { note: "b" }]
 */
export function readJsonl(text: string): JsonRecord[];
/** Reads every non-empty line as a JSON object and turns it into a typed row. Throws E_DATASET. */
export function readJsonl<T>(text: string, options: ReadJsonlOptions<T>): T[];
export function readJsonl(text: string, options?: ReadJsonlOptions<unknown>): unknown[] {
  const rows: unknown[] = [];
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    const record = parseLine(line, index + 1);
    rows.push(options ? parseRow(record, index + 1, options.parse) : record);
  });
  if (rows.length === 0) {
    throw new ResidencyError(
      "E_DATASET",
      "Cannot read the JSON Lines: no line holds a row; give a file with data",
    );
  }
  return rows;
}

/**
 * The value of a string field; throws E_DATASET naming the field.
 *
 * @example
 * stringField({ note: "Dx: PNA" }, "note"); // → "Dx: PNA"
 */
export function stringField(record: JsonRecord, name: string): string {
  const value = record[name];
  if (typeof value === "string") return value;
  throw new ResidencyError("E_DATASET", `the field "${name}" must be a string, and it is ${kind(value)}`);
}

/**
 * The value of a whole-number field; throws E_DATASET naming the field.
 *
 * @example
 * integerField({ patient_id: 7 }, "patient_id"); // → 7
 */
export function integerField(record: JsonRecord, name: string): number {
  const value = record[name];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new ResidencyError(
    "E_DATASET",
    `the field "${name}" must be a whole number, and it is ${kind(value)}`,
  );
}

function parseLine(line: string, number: number): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // JSON.parse's own message quotes the text, so it is not passed on as a cause.
    throw lineError(number, "it is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw lineError(number, `it must be an object, and it is ${kind(value)}`);
  }
  return value as JsonRecord;
}

function parseRow<T>(record: JsonRecord, number: number, parse: (record: JsonRecord) => T): T {
  try {
    return parse(record);
  } catch (error) {
    if (error instanceof ResidencyError) throw lineError(number, error.message);
    throw error;
  }
}

function lineError(number: number, problem: string): ResidencyError {
  return new ResidencyError(
    "E_DATASET",
    `Cannot read line ${number}: ${problem}; correct or remove the line`,
  );
}

function kind(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

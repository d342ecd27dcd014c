/** Reads CSV strictly, as RFC 4180 says; errors tell the line and never the content. */
import { ResidencyError } from "../errors.ts";

/** A row by column; no value has been converted. */
export type CsvRecord = Readonly<Record<string, string>>;

/** How a CSV text is read. */
export interface ReadCsvOptions {
  /** One character (default: ","). */
  delimiter?: string;
  /** The names of the columns, for a text without a head. */
  columnNames?: readonly string[];
}

interface CsvLine {
  /** The line at which the row begins, from 1. */
  line: number;
  fields: string[];
}

/**
 * Reads rows of named columns; CRLF or LF ends a line, a quoted value may hold both and `""`. Throws E_DATASET.
 *
 * @example
 * readCsv("id,note\n1,\"a, b\"\n"); // → [{ id: "1", note: "a, b" }]
 */
export function readCsv(text: string, { delimiter = ",", columnNames }: ReadCsvOptions = {}): CsvRecord[] {
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot read CSV with the delimiter ${JSON.stringify(delimiter)}: give one character, not a quote or a line break`,
    );
  }
  const rows: CsvRecord[] = [];
  let names = columnNames && checkNames(columnNames, 1);
  for (const { line, fields } of csvLines(text.replace(/^\uFEFF/, ""), delimiter)) {
    if (!names) {
      names = checkNames(fields, line);
      continue;
    }
    if (fields.length !== names.length) {
      throw lineError(line, `it has ${fields.length} values, and there are ${names.length} columns`);
    }
    rows.push(Object.fromEntries(names.map((name, index) => [name, fields[index]!])));
  }
  if (rows.length > 0) return rows;
  throw new ResidencyError("E_DATASET", "Cannot read the CSV: no line holds a row; give a file with data");
}

function checkNames(names: readonly string[], line: number): readonly string[] {
  names.forEach((name, index) => {
    if (name === "") throw lineError(line, `column ${index + 1} has no name`);
    if (names.indexOf(name) !== index)
      throw lineError(line, `column ${index + 1} has the name of another column`);
  });
  return names;
}

function* csvLines(text: string, delimiter: string): Generator<CsvLine> {
  let [at, line] = [0, 1];
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    const isQuoted = text[at] === '"';
    for (;;) {
      let field: string;
      if (text[at] === '"') {
        const end = closingQuote(text, at, start);
        field = text.slice(at + 1, end).replaceAll('""', '"');
        line += field.split("\n").length - 1;
        at = end + 1;
      } else {
        const end = fieldEnd(text, at, delimiter);
        field = text.slice(at, end);
        if (field.includes('"')) throw lineError(start, "a quote stands inside a value that is not quoted");
        at = end;
      }
      fields.push(field);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (text[at] === "\n") at++;
    else if (at < text.length) throw lineError(start, "something stands behind a closing quote or a lone CR");
    line++;
    const isBlank = fields.length === 1 && fields[0] === "" && !isQuoted;
    if (!isBlank) yield { line: start, fields };
  }
}

function closingQuote(text: string, open: number, line: number): number {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) throw lineError(line, "a quote is not closed");
    if (text[at + 1] !== '"') return at;
  }
}

function fieldEnd(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}

function lineError(line: number, problem: string): ResidencyError {
  return new ResidencyError("E_DATASET", `Cannot read line ${line}: ${problem}; correct or remove the line`);
}

/** Rows of the corpus as written by `residency corpus`: what each file's lines become when they are read. */
import { stringField, type JsonRecord } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import type { Fact } from "./check/facts.ts";
import { parseFacts } from "./check/parse-facts.ts";
import { corpusSplits, type CorpusSplit } from "./corpus.ts";
import { specialties, type Specialty } from "./knowledge/types.ts";
import { parseClinicalRow, parseNoteRow, type ClinicalRow, type NoteRow } from "./rows.ts";

/** A line of notes.jsonl: a patient's note and case report, and what they are about. */
export interface CorpusNoteRow extends NoteRow {
  split: CorpusSplit;
  specialty: Specialty;
  condition: string;
  caseReport: string;
}

/** A line of train.jsonl, validation.jsonl or test.jsonl: a question with the facts that its answer comes from. */
export interface CorpusInstructionRow extends ClinicalRow {
  facts: readonly Fact[];
}

function oneOf<T extends string>(record: JsonRecord, name: string, allowed: readonly T[]): T {
  const value = stringField(record, name);
  const found = allowed.find((known) => known === value);
  if (found !== undefined) return found;
  throw new ResidencyError("E_DATASET", `the field "${name}" must be one of: ${allowed.join(", ")}`);
}

/**
 * Reads a record of the corpus's notes.jsonl; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const notes = await readJsonlFile("assets/corpus/notes.jsonl.gz", { parse: parseCorpusNoteRow });
 */
export function parseCorpusNoteRow(record: JsonRecord): CorpusNoteRow {
  return {
    ...parseNoteRow(record),
    split: oneOf(record, "split", corpusSplits),
    specialty: oneOf(record, "specialty", specialties),
    condition: stringField(record, "condition"),
    caseReport: stringField(record, "case_report"),
  };
}

/**
 * Reads a record with a question and its facts, for `checkAnswer`; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const rows = await readJsonlFile("assets/corpus/test.jsonl.gz", { parse: parseCorpusInstructionRow });
 * rows.every((row) => checkAnswer(row.task, row, row.answer).correct); // → true
 */
export function parseCorpusInstructionRow(record: JsonRecord): CorpusInstructionRow {
  return { ...parseClinicalRow(record), facts: parseFacts(record["facts"]) };
}

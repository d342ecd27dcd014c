/** Turns records of the corpus's JSON Lines files into typed rows. */
import { integerField, stringField, type JsonRecord } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import type { ClinicalRow, NoteRow } from "./corpus.ts";
import { clinicalTasks } from "./tasks.ts";

/**
 * Reads a record of notes.jsonl; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const notes = await readJsonlFile("assets/clinical/notes.jsonl", { parse: parseNoteRow });
 */
export function parseNoteRow(record: JsonRecord): NoteRow {
  return { patientId: integerField(record, "patient_id"), note: stringField(record, "note") };
}

/**
 * Reads a record of train.jsonl or heldout.jsonl; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const rows = await readJsonlFile("assets/clinical/heldout.jsonl", { parse: parseClinicalRow });
 * const [first] = rows.map(formatExample);
 */
export function parseClinicalRow(record: JsonRecord): ClinicalRow {
  const name = stringField(record, "task");
  const task = clinicalTasks.find((known) => known === name);
  if (!task) {
    throw new ResidencyError("E_DATASET", `the field "task" must be one of: ${clinicalTasks.join(", ")}`);
  }
  return {
    ...parseNoteRow(record),
    question: stringField(record, "question"),
    answer: stringField(record, "answer"),
    task,
  };
}

/** Rows of the corpus's JSON Lines files: their types, and how they are read and written. */
import { integerField, stringField, type JsonRecord } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { clinicalTasks, type ClinicalTask } from "./tasks/names.ts";

/** A note as written to notes.jsonl. */
export interface NoteRow {
  patientId: number;
  note: string;
}

/** An instruction row in the public Asclepius data's column order. */
export interface ClinicalRow extends NoteRow {
  question: string;
  answer: string;
  task: ClinicalTask;
}

/**
 * Reads a record of notes.jsonl; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const notes = await readJsonlFile("assets/corpus/notes.jsonl.gz", { parse: parseNoteRow });
 */
export function parseNoteRow(record: JsonRecord): NoteRow {
  return { patientId: integerField(record, "patient_id"), note: stringField(record, "note") };
}

/**
 * Reads a record with a question; throws E_DATASET naming the field that is wrong.
 *
 * @example
 * const record = { patient_id: 1, note: "Dx: PNA", question: "Diagnosis?", answer: "Pneumonia." };
 * parseClinicalRow({ ...record, task: "Question Answering" }).patientId; // → 1
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

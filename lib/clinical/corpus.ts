/** Builds the synthetic corpus from a seed: notes for pretraining, instruction rows for tuning, rows held out. */
import { seededRandom } from "../data/random.ts";
import { ResidencyError } from "../errors.ts";
import { renderNote, type RenderedNote } from "./note.ts";
import { drawPatient, type PatientCase } from "./patient.ts";
import { clinicalTasks, writeInstruction, type ClinicalTask, type Instruction } from "./tasks.ts";

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

/** A row with the words of its answer that stand in the note. */
export interface CheckedRow extends ClinicalRow {
  facts: Instruction["facts"];
}

/** The three parts of the corpus; no patient and no note of `heldout` is in the other two. */
export interface ClinicalCorpus {
  notes: NoteRow[];
  train: CheckedRow[];
  heldout: CheckedRow[];
}

/** How large a corpus to draw, and from which seed. */
export interface CorpusOptions {
  seed?: number;
  /** Patients with a note in `notes`. */
  trainingPatients?: number;
  /** Instruction rows about training patients, one a patient. */
  trainRows?: number;
  /** Patients of the held-out rows, two rows each. */
  heldoutPatients?: number;
}

/**
 * Draws the corpus; the same options give the same bytes on every machine.
 *
 * @example
 * const { notes, train, heldout } = buildCorpus({ trainingPatients: 20, trainRows: 5, heldoutPatients: 2 });
 * [notes.length, train.length, heldout.length]; // → [20, 5, 4]
 */
export function buildCorpus(options: CorpusOptions = {}): ClinicalCorpus {
  const { seed = 1, trainingPatients = 3600, trainRows = 1600, heldoutPatients = 80 } = options;
  if (trainRows > trainingPatients) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot write ${trainRows} training rows about ${trainingPatients} patients: a patient has one row at most`,
    );
  }
  const random = seededRandom(seed);
  const seen = new Set<string>();
  const stays: { patient: PatientCase; rendered: RenderedNote }[] = [];
  while (stays.length < trainingPatients + heldoutPatients) {
    const patient = drawPatient(stays.length + 1, random);
    const rendered = renderNote(patient, random);
    if (seen.has(rendered.note)) continue;
    seen.add(rendered.note);
    stays.push({ patient, rendered });
  }
  const row = ({ patient, rendered }: (typeof stays)[number], index: number): CheckedRow => {
    const task = clinicalTasks[index % clinicalTasks.length]!;
    const instruction = writeInstruction(task, patient, rendered, random);
    return { patientId: patient.patientId, note: rendered.note, ...instruction, task };
  };
  const training = stays.slice(0, trainingPatients);
  return {
    notes: training.map(({ patient, rendered }) => ({ patientId: patient.patientId, note: rendered.note })),
    train: random.shuffle(random.shuffle(training).slice(0, trainRows).map(row)),
    heldout: stays.slice(trainingPatients).flatMap((stay, i) => [row(stay, 2 * i), row(stay, 2 * i + 1)]),
  };
}

/**
 * Notes as JSON Lines with the keys patient_id and note.
 *
 * @example
 * notesJsonl([{ patientId: 1, note: "Dx: PNA" }]); // → '{"patient_id":1,"note":"Dx: PNA"}\n'
 */
export function notesJsonl(notes: readonly NoteRow[]): string {
  return jsonl(notes.map(({ patientId, note }) => ({ patient_id: patientId, note })));
}

/**
 * Rows as JSON Lines with the keys patient_id, note, question, answer and task.
 *
 * @example
 * const row = { patientId: 1, note: "Dx: PNA", question: "Diagnosis?", answer: "Pneumonia.", task: "Question Answering" } as const;
 * rowsJsonl([row]).includes('"question":"Diagnosis?"'); // → true
 */
export function rowsJsonl(rows: readonly ClinicalRow[]): string {
  return jsonl(
    rows.map(({ patientId, note, question, answer, task }) => ({
      patient_id: patientId,
      note,
      question,
      answer,
      task,
    })),
  );
}

function jsonl(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** The miniature corpus, with notes short enough for 320 tokens of the small model that ships: notes, rows, rows held out. */
import { mulberry32 } from "../../data/index.ts";
import { ResidencyError } from "../../errors.ts";
import { renderNote, type RenderedNote } from "./note.ts";
import { drawPatient, type PatientCase } from "./patient.ts";
import type { ClinicalRow, NoteRow } from "../rows.ts";
import { clinicalTasks } from "../tasks/names.ts";
import { writeInstruction, type Instruction } from "./tasks.ts";

/** A row with the words of its answer that stand in the note. */
export interface CheckedRow extends ClinicalRow {
  facts: Instruction["facts"];
}

/** The three parts of the corpus; no patient and no note of `heldout` is in the other two. */
export interface MiniatureCorpus {
  notes: NoteRow[];
  train: CheckedRow[];
  heldout: CheckedRow[];
}

/** How large a corpus to draw, and from which seed. */
export interface MiniatureOptions {
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
 * const options = { trainingPatients: 10, trainRows: 8, heldoutPatients: 2 };
 * const { notes, train, heldout } = buildMiniatureCorpus(options);
 * [notes.length, train.length, heldout.length]; // → [10, 8, 4]
 */
export function buildMiniatureCorpus(options: MiniatureOptions = {}): MiniatureCorpus {
  const { seed = 1, trainingPatients = 3600, trainRows = 1600, heldoutPatients = 80 } = options;
  if (trainRows > trainingPatients) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot write ${trainRows} training rows about ${trainingPatients} patients: a patient has one row at most`,
    );
  }
  const random = mulberry32(seed);
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

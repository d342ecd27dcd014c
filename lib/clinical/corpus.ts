/** The corpus: one made-up patient after another, each with a case report, a note and questions, and its split. */
import { mulberry32, type RandomDraws } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import type { Fact } from "./check/facts.ts";
import { drawEncounter } from "./patient/draw.ts";
import type { Encounter } from "./patient/encounter.ts";
import { clinicalTasks, type ClinicalTask } from "./tasks/names.ts";
import { writeInstruction } from "./tasks/write.ts";
import { writeCaseReport } from "./text/case-report.ts";
import { noteLengths, writeNote, type NoteLength } from "./text/note/note.ts";

/** The three parts of the corpus; a patient is in one of them with all that was written about them. */
export const corpusSplits = ["train", "validation", "test"] as const;

/** The name of a part. */
export type CorpusSplit = (typeof corpusSplits)[number];

/** A question about a patient's note. */
export interface CorpusInstruction {
  task: ClinicalTask;
  question: string;
  answer: string;
  facts: readonly Fact[];
}

/** Everything about one patient. */
export interface CorpusPatient {
  patientId: number;
  split: CorpusSplit;
  encounter: Encounter;
  caseReport: string;
  note: string;
  instructions: readonly CorpusInstruction[];
}

/** What to generate. */
export interface CorpusOptions {
  /** How many patients; their ids are 1 to `patients` (default: 2000). */
  patients?: number;
  /** The same seed gives the same patients, however many (default: 1). */
  seed?: number;
  /** How long notes are (default: "standard"). */
  length?: NoteLength;
  /** The share of questions without an answer in the note, in the tasks that have such (default: 0.12). */
  unanswerable?: number;
}

/** Of a hundred patients, how many are in validation and in test; the others are in train. */
const percentOfSplit = { validation: 5, test: 5 } as const;

/**
 * Generates patient after patient; each comes from the seed and its own id alone, so that a larger corpus begins with
 * the smaller one, and any part can be made by itself.
 *
 * @throws ResidencyError E_CONFIG when an option has a value that is not allowed.
 * @example
 * for (const { note, instructions } of generatePatients({ patients: 2, seed: 1 })) console.log(note, instructions);
 */
export function* generatePatients(options: CorpusOptions = {}): Generator<CorpusPatient, void, void> {
  const { patients = 2000, seed = 1, length = "standard", unanswerable = 0.12 } = options;
  if (!Number.isSafeInteger(patients) || patients < 1) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot generate ${patients} patients: give a whole number of at least 1`,
    );
  }
  if (!Object.hasOwn(noteLengths, length)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot write notes of length "${length}": give one of ${Object.keys(noteLengths).join(", ")}`,
    );
  }
  if (!(unanswerable >= 0 && unanswerable <= 1)) {
    throw new ResidencyError("E_CONFIG", `Cannot use unanswerable ${unanswerable}: give a share from 0 to 1`);
  }
  mulberry32(seed); // refuses what is no whole number, before the first patient
  for (let patientId = 1; patientId <= patients; patientId++) {
    yield generatePatient(patientId, seed, length, unanswerable);
  }
}

function generatePatient(
  patientId: number,
  seed: number,
  length: NoteLength,
  unanswerable: number,
): CorpusPatient {
  const random = mulberry32(mix(seed, patientId));
  const encounter = drawEncounter(patientId, random);
  const caseReport = writeCaseReport(encounter, random);
  const rendered = writeNote(encounter, random, { length });
  const instructions = clinicalTasks.flatMap((task) => {
    const written = writeInstruction(task, { encounter, rendered, random }, unanswerable);
    return written ? [{ task, ...written }] : [];
  });
  return { patientId, split: drawSplit(random), encounter, caseReport, note: rendered.note, instructions };
}

function drawSplit(random: RandomDraws): CorpusSplit {
  const percent = random.int(100);
  if (percent < percentOfSplit.test) return "test";
  return percent < percentOfSplit.test + percentOfSplit.validation ? "validation" : "train";
}

/** A seed of its own for each patient: the two numbers stirred by MurmurHash3's finaliser. */
function mix(seed: number, patientId: number): number {
  let hash = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(patientId, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A patient's line of notes.jsonl: patient_id, split, specialty, condition, case_report, note.
 *
 * @example
 * const text = Array.from(generatePatients({ patients: 2 }), noteLine).join("");
 * text.trimEnd().split("\n").length; // → 2
 */
export function noteLine({ patientId, split, encounter, caseReport, note }: CorpusPatient): string {
  const { specialty, condition } = encounter;
  return line({
    patient_id: patientId,
    split,
    specialty,
    condition: condition.name,
    case_report: caseReport,
    note,
  });
}

/**
 * A patient's lines of an instruction file: patient_id, note, question, answer, task (Asclepius' columns) and facts.
 *
 * @example
 * const patients = [...generatePatients({ patients: 20 })];
 * const lines = patients.filter(({ split }) => split === "train").map(instructionLines);
 * lines.join(""); // what train.jsonl holds
 */
export function instructionLines({ patientId, note, instructions }: CorpusPatient): string {
  return instructions
    .map(({ question, answer, task, facts }) =>
      line({ patient_id: patientId, note, question, answer, task, facts }),
    )
    .join("");
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

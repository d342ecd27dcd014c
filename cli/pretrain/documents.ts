/** The documents that the base model reads: clinical ones from a file, general ones drawn from a seed. */
import { generalDocuments, withQuestions, type Asked, type DocumentKind } from "../../lib/corpus/index.ts";
import { ResidencyError } from "../../lib/errors.ts";
import { readJsonlFile } from "../../lib/index.ts";
import { seededRandom } from "../../lib/random.ts";

/** A document in parts that belong together; they stand in one row where they fit, each alone where they do not. */
export type DocumentParts = readonly string[];

/** What one patient brings: a note, and the report that it was made from where there is one. */
interface ClinicalRow {
  patient?: number;
  note: string;
  caseReport?: string;
  split?: string;
}

/** A question about the note of a patient. */
interface QuestionRow extends Asked {
  patient: number;
}

/** The clinical documents, and how many patients and notes are behind them. */
export interface ClinicalDocuments {
  /** One pass over the training patients, in an order and with pairings of its own for each pass. */
  pass(index: number): Generator<DocumentParts, void, undefined>;
  heldOut: readonly DocumentParts[];
  /** Patients by what they are for; `asked` are those of `train` with questions. */
  patients: { train: number; asked: number; heldOut: number; untouched: number };
}

/** Without splits of the file's own, every so many rows are held out. */
const heldOutEvery = 50;
/** So many held-out patients tell as much as all of a large file, in little time. */
const heldOutAtMost = 20;

/** Of the reports with their notes, how many are one document. */
const pairedShare = 0.6;
/** Of the notes with questions, how many are asked about; of the others the report is read too. */
const askedShare = 0.75;

function parseRow(value: unknown): ClinicalRow {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const [patient, note, caseReport, split] = ["patient_id", "note", "case_report", "split"].map((name) =>
    fields.get(name),
  );
  if (typeof note !== "string" || note.trim() === "") {
    throw new ResidencyError(
      "E_DATASET",
      `a row needs a text "note", and may have "case_report" and "split"; it has ${[...fields.keys()].join(", ") || "nothing"}`,
    );
  }
  return {
    ...(typeof patient === "number" && { patient }),
    note,
    ...(typeof caseReport === "string" && caseReport.trim() !== "" && { caseReport }),
    ...(typeof split === "string" && { split }),
  };
}

function parseQuestion(value: unknown): QuestionRow {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const [patient, question, answer] = ["patient_id", "question", "answer"].map((name) => fields.get(name));
  if (typeof patient !== "number" || typeof question !== "string" || typeof answer !== "string") {
    throw new ResidencyError(
      "E_DATASET",
      `a row needs a number "patient_id" and texts "question" and "answer"; it has ${[...fields.keys()].join(", ") || "nothing"}`,
    );
  }
  return { patient, question, answer };
}

/** The questions of a file by patient. */
async function readQuestions(file: string): Promise<ReadonlyMap<number, Asked[]>> {
  const questions = new Map<number, Asked[]>();
  for (const { patient, question, answer } of await readJsonlFile(file, { parse: parseQuestion })) {
    const own = questions.get(patient);
    if (own) own.push({ question, answer });
    else questions.set(patient, [{ question, answer }]);
  }
  return questions;
}

/**
 * Reads notes.jsonl as `residency corpus` writes it. Rows whose `split` is "train" are trained on, those of "validation" measured
 * on, all others left alone, so that what a tuned model is later tested on was never read; a file without splits gives every
 * fiftieth row to measure on. `questions` is a file of questions about these notes: most notes of a training patient who has some are
 * followed by them, as other texts are by theirs, never in the form of a tuning prompt.
 *
 * @throws ResidencyError E_DATASET when a row has no note, none is left to train on, or no question is about one of these.
 */
export async function readClinicalDocuments(
  file: string,
  seed: number,
  questions?: string,
): Promise<ClinicalDocuments> {
  const asked = questions === undefined ? undefined : await readQuestions(questions);
  const rows = await readJsonlFile(file, { parse: parseRow });
  const hasSplits = rows.some(({ split }) => split !== undefined);
  const splitOf = ({ split }: ClinicalRow, index: number): string | undefined =>
    hasSplits ? split : index % heldOutEvery === heldOutEvery - 1 ? "validation" : "train";
  const train = rows.filter((row, index) => splitOf(row, index) === "train");
  const heldOut = rows.filter((row, index) => splitOf(row, index) === "validation").slice(0, heldOutAtMost);
  if (train.length === 0) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot train on ${file}: none of its ${rows.length} rows has the split "train"`,
    );
  }
  const numberAsked = train.filter(({ patient }) => patient !== undefined && asked?.has(patient)).length;
  if (questions !== undefined && numberAsked === 0) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot use ${questions}: none of its questions is about a training patient of ${file} ("patient_id" tells them)`,
    );
  }
  return {
    *pass(index) {
      const random = seededRandom(seed + index);
      for (const { patient, note, caseReport } of random.shuffle(train)) {
        const own = patient === undefined ? undefined : asked?.get(patient);
        if (own && random.next() < askedShare) yield [withQuestions(random, note, random.shuffle(own))];
        else if (caseReport === undefined) yield [note];
        // Most pairs are read together: the facts of the one are then found in the other.
        else if (random.next() < pairedShare)
          yield random.next() < 0.75 ? [caseReport, note] : [note, caseReport];
        else yield* [[caseReport], [note]];
      }
    },
    heldOut: heldOut.flatMap(({ note, caseReport }) =>
      caseReport === undefined ? [[note]] : [[caseReport, note]],
    ),
    patients: {
      train: train.length,
      asked: numberAsked,
      heldOut: heldOut.length,
      untouched: rows.length - train.length - heldOut.length,
    },
  };
}

/** General documents without an end, of some kinds or of all; the same seed gives the same ones. */
export function* endlessGeneral(
  seed: number,
  kinds?: readonly DocumentKind[],
): Generator<DocumentParts, void, undefined> {
  const characters = Number.MAX_SAFE_INTEGER;
  for (const { text } of generalDocuments({ seed, characters, ...(kinds && { kinds }) })) yield [text];
}

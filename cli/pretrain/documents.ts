/** The documents that the base model reads: clinical ones from a file, general ones drawn from a seed. */
import { generalDocuments, type DocumentKind } from "../../lib/corpus/index.ts";
import { ResidencyError } from "../../lib/errors.ts";
import { readJsonlFile } from "../../lib/index.ts";
import { seededRandom } from "../../lib/random.ts";

/** A document in parts that belong together; they stand in one row where they fit, each alone where they do not. */
export type DocumentParts = readonly string[];

/** What one patient brings: a note, and the report that it was made from where there is one. */
interface ClinicalRow {
  note: string;
  caseReport?: string;
  split?: string;
}

/** The clinical documents, and how many patients and notes are behind them. */
export interface ClinicalDocuments {
  /** One pass over the training patients, in an order and with pairings of its own for each pass. */
  pass(index: number): Generator<DocumentParts, void, undefined>;
  heldOut: readonly DocumentParts[];
  patients: { train: number; heldOut: number; untouched: number };
}

/** Without splits of the file's own, every so many rows are held out. */
const heldOutEvery = 50;
/** So many held-out patients tell as much as all of a large file, in little time. */
const heldOutAtMost = 20;

/** Of the reports with their notes, how many are one document. */
const pairedShare = 0.6;

function parseRow(value: unknown): ClinicalRow {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const [note, caseReport, split] = ["note", "case_report", "split"].map((name) => fields.get(name));
  if (typeof note !== "string" || note.trim() === "") {
    throw new ResidencyError(
      "E_DATASET",
      `a row needs a text "note", and may have "case_report" and "split"; it has ${[...fields.keys()].join(", ") || "nothing"}`,
    );
  }
  return {
    note,
    ...(typeof caseReport === "string" && caseReport.trim() !== "" && { caseReport }),
    ...(typeof split === "string" && { split }),
  };
}

/**
 * Reads notes.jsonl as `residency corpus` writes it. Rows whose `split` is "train" are trained on, those of "validation" measured
 * on, all others left alone, so that what a tuned model is later tested on was never read; a file without splits gives every
 * fiftieth row to measure on.
 *
 * @throws ResidencyError E_DATASET when a row has no note, or none is left to train on.
 */
export async function readClinicalDocuments(file: string, seed: number): Promise<ClinicalDocuments> {
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
  return {
    *pass(index) {
      const random = seededRandom(seed + index);
      for (const { note, caseReport } of random.shuffle(train)) {
        if (caseReport === undefined) yield [note];
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

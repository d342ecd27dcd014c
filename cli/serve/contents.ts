/** The notes that the page offers: rows of a JSON Lines file, put together by note. */
import { ResidencyError } from "../../lib/errors.ts";
import { readJsonlFile } from "../../lib/index.ts";
import type { ServedNote } from "./protocol.ts";

interface Row {
  note: string;
  question?: string;
  answer?: string;
}

/** A row needs a note; a question and its answer are optional, other columns are passed over. */
function parseRow(value: unknown): Row {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const [note, question, answer] = ["note", "question", "answer"].map((name) => fields.get(name));
  if (typeof note !== "string" || note.trim() === "") {
    throw new ResidencyError(
      "E_DATASET",
      `a row needs a text "note"; it has ${[...fields.keys()].join(", ") || "nothing"}`,
    );
  }
  return {
    note,
    ...(typeof question === "string" && { question }),
    ...(typeof question === "string" && typeof answer === "string" && { answer }),
  };
}

/** A line of few words without a figure or a colon is a heading, which many notes begin with alike. */
const heading = /^[^\d:\s]+( [^\d:\s]+){0,3}$/;

/** The first lines that say something of their own, cut to a title's length. */
export function titleOf(note: string): string {
  const lines = note.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !heading.test(line));
  const title = telling.slice(0, 3).join(" · ") || (lines.find((line) => line !== "") ?? "");
  return title.length <= 90 ? title : `${title.slice(0, 89).trimEnd()}…`;
}

/**
 * Reads the notes of a file, in its order, each with all questions that its rows ask.
 *
 * @throws ResidencyError E_DATASET when a row has no note, or there is no row.
 */
export async function readServedNotes(file: string): Promise<ServedNote[]> {
  const notes = new Map<string, ServedNote>();
  for (const { note, question, answer } of await readJsonlFile(file, { parse: parseRow })) {
    const served = notes.get(note) ?? { title: titleOf(note), note, questions: [] };
    notes.set(note, served);
    if (question === undefined || served.questions.some((known) => known.question === question)) continue;
    served.questions.push({ question, ...(answer !== undefined && { answer }) });
  }
  if (notes.size === 0) throw new ResidencyError("E_DATASET", `${file} has no notes: give one row at least`);
  return [...notes.values()];
}

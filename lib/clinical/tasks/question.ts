/** What the writers of questions work with: the stay, its note, and the facts that the note states. */
import type { RandomDraws } from "../../data/index.ts";
import type { DrugFact, Fact } from "../check/facts.ts";
import { writeDate } from "../patient/dates.ts";
import type { DrugOrder, Encounter } from "../patient/encounter.ts";
import type { FactKey } from "../text/draft.ts";
import type { RenderedNote } from "../text/note/note.ts";
import { fill, type Slots } from "../text/template.ts";

/** A question with its answer and the facts that the answer comes from. */
export interface Instruction {
  question: string;
  answer: string;
  facts: readonly Fact[];
}

/** A stay and its note, to be asked about. */
export interface Asked {
  encounter: Encounter;
  rendered: RenderedNote;
  random: RandomDraws;
}

/** Writes one kind of question, or gives undefined where this note does not answer it. */
export type QuestionWriter = (asked: Asked) => Instruction | undefined;

/** Whether the note states all of these. */
export function states({ rendered }: Asked, ...keys: FactKey[]): boolean {
  return keys.every((key) => rendered.stated.has(key));
}

/** One of several phrasings, its choices drawn and its slots filled. */
export function phrase({ random }: Asked, templates: readonly string[], slots: Slots = {}): string {
  // A slot may bring its own article: "the [a paralytic ileus]".
  return fill(random.pick(templates), slots, random).replace(/\bthe (?:an?|the) (?=\w)/gi, (both) =>
    both.startsWith("T") ? "The " : "the ",
  );
}

/** A fact of words. */
export function term(value: string, ...also: string[]): Fact {
  return also.length === 0 ? { kind: "term", value } : { kind: "term", value, also };
}

/** A fact of a drug's name alone. */
export function drugName({ name }: { name: string }): Fact {
  return { kind: "drug", name };
}

/** A fact of a whole order. */
export function wholeOrder({ name, dose, route, frequency }: DrugOrder): DrugFact {
  return { kind: "drug", name, dose, route, frequency };
}

/** A fact of a hospital day; the answer may give it either way. */
export function dayFact({ encounter }: Asked, day: number): Fact {
  return { kind: "day", date: writeDate(encounter.admission + day - 1, "iso"), hospitalDay: day };
}

/** A hospital day as this note writes it. */
export function dayInWords({ encounter, rendered }: Asked, day: number): string {
  return rendered.days === "date"
    ? `on ${writeDate(encounter.admission + day - 1, rendered.dates)}`
    : `on ${rendered.days} ${day}`;
}

/** The patient in two words, such as "the woman". */
export function noun({ sex }: Encounter): string {
  return sex === "F" ? "woman" : "man";
}

/** "An" before ages that are spoken with a leading vowel, else "A". */
export function articleOfAge(age: number): string {
  return age === 18 || age === 11 || (age >= 80 && age < 90) ? "An" : "A";
}

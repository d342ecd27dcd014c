/** What records are made of: labels, values, sentences that tell them, questions that ask for them. */
import type { SeededRandom } from "../../random.ts";
import { fullName, madeUpWord } from "../draw.ts";
import type { SlotOf } from "../template.ts";

/** What the templates of a field may name: its value, and the person whom the record is about. */
export type FieldSlot = "value" | "name" | "who" | "he" | "him" | "his";

type Checked<T extends string> = SlotOf<T> extends FieldSlot ? T : never;

/** A value of a record. */
export interface Field {
  /** The label before a colon, with alternatives. */
  label: string;
  draw: (random: SeededRandom) => string;
  question: string;
  /** A sentence of the text that holds the value. */
  told: string;
  /** An answer in a whole sentence. */
  answer: string;
}

/** A kind of record. */
export interface RecordKind {
  /** Headings, with alternatives. */
  title: string;
  fields: readonly Field[];
}

/** Makes a field; a slot that there is not does not compile. */
export function field<
  const L extends string,
  const Q extends string,
  const T extends string,
  const A extends string,
>(label: Checked<L>, draw: Field["draw"], question: Checked<Q>, told: Checked<T>, answer: Checked<A>): Field {
  return { label, draw, question, told, answer };
}

/** The value of a field that names a person. */
export const somebody: Field["draw"] = (random) => fullName(random).name;

/** The value of a field that names a place. */
export const town: Field["draw"] = (random) => madeUpWord(random);

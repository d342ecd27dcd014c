/** What a note is written with: the facts, the wording drawn for this note, and a record of what it has said. */
import type { RandomDraws } from "../../data/index.ts";
import { writeDate, type DateStyle } from "../patient/dates.ts";
import type { DrugOrder, Encounter } from "../patient/encounter.ts";
import { fill, type Slots } from "./template.ts";

/** A fact that a text may state or leave out; questions are asked about stated ones only, or said to have no answer. */
export type FactKey =
  | "name"
  | "attending"
  | "specialty"
  | "age"
  | "admission"
  | "discharge"
  | "stay"
  | "diagnosis"
  | "symptoms"
  | "onset"
  | "denies"
  | "risk"
  | "comorbidities"
  | "comorbidityMention"
  | "homeDrugs"
  | "allergy"
  | "smoking"
  | "alcohol"
  | "occupation"
  | "home"
  | "vitals"
  | "exam"
  | "labs"
  | "lastLab"
  | "studies"
  | "studyDays"
  | "procedure"
  | "procedureDay"
  | "treatments"
  | "treatmentDays"
  | "milestone"
  | "milestoneDay"
  | "complication"
  | "complicationDay"
  | "consult"
  | "dischargeDrugs"
  | "state"
  | "disposition"
  | "followUps"
  | "pending"
  | "advice"
  | "returnFor";

/** A pronoun or noun phrase of the note, the clause that a question quotes, and what the phrase stands for. */
export interface Mention {
  phrase: string;
  clause: string;
  antecedent: string;
}

/** A text in the making. */
export interface Draft {
  readonly encounter: Encounter;
  readonly random: RandomDraws;
  readonly dates: DateStyle;
  /** How lists are written. */
  readonly list: "dash" | "number" | "comma";
  /** How hospital days are written. */
  readonly days: "HD" | "hospital day" | "date";
  readonly stated: Set<FactKey>;
  readonly mentions: Mention[];
}

/** A section of a note. */
export interface Section {
  header: string;
  body: string;
}

/** Fills a template for this draft. */
export function say({ random }: Draft, template: string, slots: Slots = {}): string {
  return fill(template, slots, random);
}

/** One of several templates, filled. */
export function sayOne(draft: Draft, templates: readonly string[], slots: Slots = {}): string {
  return say(draft, draft.random.pick(templates), slots);
}

/** Records that the text states these facts. */
export function state(draft: Draft, ...keys: FactKey[]): void {
  for (const key of keys) draft.stated.add(key);
}

/** The date of a hospital day in the draft's style; day 1 is the day of admission. */
export function dateOfDay({ encounter, dates }: Draft, day: number): string {
  return writeDate(encounter.admission + day - 1, dates);
}

/** A hospital day in the draft's style: "on HD 3", "on hospital day 3" or "on 2118-08-12". */
export function onDay(draft: Draft, day: number): string {
  return `on ${draft.days === "date" ? dateOfDay(draft, day) : `${draft.days} ${day}`}`;
}

/** A drug as ordered, such as "ceftriaxone 1 g IV daily". */
export function drugOrder({ name, dose, route, frequency }: DrugOrder): string {
  return `${name} ${dose} ${route} ${frequency}`;
}

/** Items in the draft's list style: lines with dashes or numbers, or one line with commas. */
export function writeList({ list }: Draft, items: readonly string[]): string {
  if (list === "comma" || items.length < 2) return items.join(", ");
  return items.map((item, index) => `${list === "dash" ? "-" : `${index + 1}.`} ${item}`).join("\n");
}

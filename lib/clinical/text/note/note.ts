/** Writes a stay as a discharge note: semi-structured, terse, with acronyms and the odd typo. */
import type { RandomDraws } from "../../../data/index.ts";
import { dateStyles } from "../../patient/dates.ts";
import type { Encounter } from "../../patient/encounter.ts";
import type { Draft, FactKey, Mention, Section } from "../draft.ts";
import { hospitalCourse } from "./course.ts";
import {
  dischargeDiagnosis,
  dischargeMedications,
  dispositionSection,
  followUp,
  instructions,
} from "./discharge.ts";
import { examination, laboratory, studySection } from "./findings.ts";
import {
  allergySection,
  chiefComplaint,
  heading,
  homeMedications,
  pastHistory,
  presentIllness,
  socialHistory,
} from "./history.ts";
import { misspell } from "./typos.ts";

/** How many words a note has: "short" for small contexts, "long" with nearly every section. */
export const noteLengths = {
  short: [110, 200],
  standard: [140, 220],
  long: [200, 340],
} as const;

/** One of the lengths. */
export type NoteLength = keyof typeof noteLengths;

/** A note, what it states, and the mentions that coreference questions ask about. */
export interface RenderedNote {
  note: string;
  stated: ReadonlySet<FactKey>;
  mentions: readonly Mention[];
  dates: Draft["dates"];
  days: Draft["days"];
}

/** How a note is written. */
export interface NoteOptions {
  /** Default: "standard". */
  length?: NoteLength;
}

/** How often an optional section is in a note before the length is seen to. */
const chances: Record<NoteLength, number> = { short: 0.3, standard: 0.6, long: 0.95 };

/** A section with what it states, so that leaving it out leaves out its facts. */
interface Part extends Section {
  stated: ReadonlySet<FactKey>;
  mentions: readonly Mention[];
  words: number;
  /** Undefined for a section that every note has, else whether it is in. */
  included: boolean | undefined;
}

/**
 * Writes the note of a stay; wordings, sections and their order are drawn, and optional sections are added or left out
 * until the words are within the bounds of `length`.
 *
 * @example
 * const [patient] = generatePatients({ patients: 1 });
 * const { note } = writeNote(patient!.encounter, mulberry32(7), { length: "short" });
 * note.split(/\s+/).length >= noteLengths.short[0]; // → true
 */
export function writeNote(
  encounter: Encounter,
  random: RandomDraws,
  options: NoteOptions = {},
): RenderedNote {
  const { length = "standard" } = options;
  const draft: Draft = {
    encounter,
    random,
    dates: random.pick(dateStyles),
    list: random.pick(["dash", "number", "comma"]),
    days: random.pick(["HD", "hospital day", "date"]),
    stated: new Set(),
    mentions: [],
  };
  const top = heading(draft);
  const parts = arrange(draft, chances[length]);
  fit(parts, countWords(top), noteLengths[length], random);
  const kept = parts.filter(({ included }) => included !== false);
  const body = kept.map(({ header, body: text }) =>
    text.includes("\n") ? `${header}:\n${text}` : `${header}: ${text}`,
  );
  const mentions = kept.flatMap((part) => part.mentions);
  const clauses = mentions.map(({ clause }) => clause);
  return {
    note: misspell([top, ...body].join("\n"), clauses, random),
    stated: new Set([...draft.stated, ...kept.flatMap(({ stated }) => [...stated])]),
    mentions,
    dates: draft.dates,
    days: draft.days,
  };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Every section in the order of this note. */
function arrange(draft: Draft, chance: number): Part[] {
  const { random } = draft;
  const write = (section: (draft: Draft) => Section, included?: boolean): Part => {
    const own: Draft = { ...draft, stated: new Set(), mentions: [] };
    const { header, body } = section(own);
    return {
      header,
      body,
      stated: own.stated,
      mentions: own.mentions,
      words: countWords(`${header} ${body}`),
      included,
    };
  };
  const maybe = (section: (draft: Draft) => Section, factor = 1): Part =>
    write(section, random.chance(Math.min(1, chance * factor)));
  const diagnosis = write(dischargeDiagnosis);
  const course = write(hospitalCourse);
  const history = random.shuffle([
    maybe(pastHistory, 1.3),
    maybe(homeMedications, 0.7),
    maybe(allergySection),
    maybe(socialHistory, 0.8),
  ]);
  const findings = random.shuffle([maybe(examination), maybe(laboratory, 1.3), maybe(studySection, 1.3)]);
  const end = random.shuffle([
    write(dischargeMedications),
    write(followUp),
    maybe(dispositionSection),
    maybe(instructions, 1.1),
  ]);
  const opening = [maybe(chiefComplaint, 0.6), write(presentIllness), ...history];
  const middle = random.chance(0.25) ? [course, ...findings] : [...findings, course];
  return random.chance(0.35)
    ? [diagnosis, ...opening, ...middle, ...end]
    : [...opening, ...middle, diagnosis, ...end];
}

/** Leaves out, or takes in, optional sections until the count of words is within the bounds. */
function fit(
  parts: readonly Part[],
  topWords: number,
  [low, high]: readonly [number, number],
  random: RandomDraws,
): void {
  let words = topWords;
  for (const part of parts) if (part.included !== false) words += part.words;
  for (const part of random.shuffle(parts)) {
    if (part.included === true && words > high) {
      part.included = false;
      words -= part.words;
    } else if (part.included === false && words < low) {
      part.included = true;
      words += part.words;
    }
  }
}

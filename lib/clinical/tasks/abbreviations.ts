/** Abbreviation expansion: what an acronym of the note means, and which acronym stands for a name. */
import { glossary } from "../knowledge/abbreviations.ts";
import { phrase, term, type Asked, type QuestionWriter } from "./question.ts";

const known = Object.keys(glossary).toSorted((a, b) => b.length - a.length);
const pattern = new RegExp(
  `(?<![\\w/-])(?:${known.map((short) => short.replace(/[/.]/g, "\\$&")).join("|")})(?![\\w/-])`,
  "g",
);

/** The abbreviations of a note, each once. */
export function abbreviationsIn(note: string): string[] {
  return [...new Set(note.match(pattern) ?? [])];
}

function draw(asked: Asked): string | undefined {
  const found = abbreviationsIn(asked.rendered.note);
  // Those of diseases and tests say more than "PO"; they are asked about more often.
  const telling = found.filter(
    (short) =>
      /^[A-Z][A-Za-z0-9]*[A-Z]/.test(short) && !/^(PO|IV|HD|BID|TID|QID|PRN|IM|SC|HR|RR|CC)$/.test(short),
  );
  const choice = asked.random.chance(0.7) && telling.length > 0 ? telling : found;
  return choice.length === 0 ? undefined : asked.random.pick(choice);
}

/** The kinds of this task. */
export const abbreviationWriters: readonly QuestionWriter[] = [
  (asked) => {
    const short = draw(asked);
    if (short === undefined) return undefined;
    const long = glossary[short]!;
    return {
      question: phrase(
        asked,
        [
          "What does [the abbreviation |]{short} [stand for|mean][ in this note|]?",
          "[Expand|Spell out|Write out] [the abbreviation |]{short}.",
          "What is the [full form|meaning|expansion] of {short}?",
        ],
        { short },
      ),
      answer: `${short} stands for ${long}.`,
      facts: [{ ...term(long), derived: true }],
    };
  },
  (asked) => {
    const short = draw(asked);
    if (short === undefined || !/[A-Z]/.test(short) || short === "HD") return undefined;
    return {
      question: phrase(
        asked,
        [
          '[Which|What] [abbreviation|acronym] [in the note |]stands for "{long}"?',
          'How does the note abbreviate "{long}"?',
          '[Which|What] [short form|acronym] is used for "{long}"?',
        ],
        { long: glossary[short]! },
      ),
      answer: `${short}.`,
      facts: [term(short)],
    };
  },
];

/** Writes a case as a discharge summary: terse, semi-structured, each key fact in two sections or more. */
import type { RandomDraws } from "../../data/index.ts";
import type { PatientCase } from "./patient.ts";

/** A pronoun or noun phrase of the note, its sentence and clause, and what it stands for. */
export interface Mention {
  phrase: string;
  sentence: string;
  /** The part of the sentence that a question quotes; the antecedent is not in it. */
  clause: string;
  antecedent: string;
}

/** A rendered note with the mentions that coreference questions ask about. */
export interface RenderedNote {
  note: string;
  mentions: readonly [Mention, ...Mention[]];
}

/** The shortest and the longest note of the corpus, in characters. */
export const noteLength = { min: 350, max: 510 } as const;

/** Misspellings as they happen in typed notes; only words that carry no fact of the case. */
const typos: readonly (readonly [word: string, typo: string])[] = [
  ["presented", "presneted"],
  ["treated", "treaetd"],
  ["Discharged", "Dischraged"],
  ["Continue", "Contineu"],
  ["admitted", "admited"],
];

/** The first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A drug as ordered, such as "ceftriaxone 1 g IV daily". */
export function drugOrder({ name, dose, route, frequency }: PatientCase["inpatient"]): string {
  return `${name} ${dose} ${route} ${frequency}`;
}

/**
 * Writes the note; wordings and section order are drawn until the text fits the length bounds.
 *
 * @example
 * const random = mulberry32(7);
 * const { note } = renderNote(drawPatient(1, random), random);
 * note.length <= noteLength.max; // → true
 */
export function renderNote(patient: PatientCase, random: RandomDraws): RenderedNote {
  for (;;) {
    const rendered = draft(patient, random);
    if (rendered.note.length >= noteLength.min && rendered.note.length <= noteLength.max) return rendered;
  }
}

function draft(patient: PatientCase, random: RandomDraws): RenderedNote {
  const course = hospitalCourse(patient, random);
  const middle = random.shuffle([pastHistory(patient, random), studies(patient, random), course.text]);
  const end = random.shuffle([medications(patient, random), followUp(patient, random)]);
  const text = [header(patient, random), presentation(patient, random), ...middle, ...end].join("\n");
  return { note: random.chance(0.2) ? misspell(text, random) : text, mentions: course.mentions };
}

function header({ age, sex, condition, lengthOfStay }: PatientCase, random: RandomDraws): string {
  const title = random.pick(["DISCHARGE SUMMARY", "Discharge Summary", "D/C SUMMARY"]);
  const person = random.pick([
    `Name: N/A, ${age} yo ${sex}, LOS: ${lengthOfStay} days`,
    `Pt: ${age} yo ${sex}\nLOS: ${lengthOfStay} days`,
  ]);
  const label = random.pick(["Dx", "Diagnosis", "Final dx"]);
  return `${title}\n${person}\n${label}: ${condition.name} (${condition.abbreviation})`;
}

function presentation(patient: PatientCase, random: RandomDraws): string {
  const { age, sex, comorbidity, duration } = patient;
  const [first, second] = patient.symptoms;
  const noun = sex === "F" ? "woman" : "man";
  return random.pick([
    `HPI: ${sex} with ${comorbidity} p/w ${first} and ${second} x ${duration}.`,
    `HPI: ${age} yo ${noun} with ${comorbidity} presented with ${first} and ${second} for ${duration}.`,
    `CC: ${first} x ${duration}\nHPI: ${noun} with ${comorbidity} admitted for ${first} and ${second}.`,
    `CC: ${first}, ${second} x ${duration}\nHPI: ${age} yo ${noun} with ${first} and ${second}, PMH of ${comorbidity}.`,
  ]);
}

function pastHistory({ comorbidity }: PatientCase, random: RandomDraws): string {
  return random.pick([`PMH: ${comorbidity}`, `PMH: ${comorbidity}, no surgery`, `PMH: known ${comorbidity}`]);
}

function studies({ examination, lab }: PatientCase, random: RandomDraws): string {
  return random.pick([
    `Studies: ${examination.name}: ${examination.finding}. Labs: ${lab}.`,
    `Labs: ${lab}\nTests: ${examination.name} with ${examination.finding}`,
    `Results: ${lab}; ${examination.name}: ${examination.finding}.`,
  ]);
}

function hospitalCourse(
  patient: PatientCase,
  random: RandomDraws,
): { text: string; mentions: RenderedNote["mentions"] } {
  const { condition, examination, improvedOnDay, lengthOfStay, discharge } = patient;
  const symptom = capitalize(patient.symptoms[0]);
  const order = drugOrder(patient.inpatient);
  const drug = patient.inpatient.name;
  const told: [Mention, plain: string][] = [
    [
      {
        phrase: "it",
        sentence: `${capitalize(examination.name)} was done and it showed ${examination.finding}.`,
        clause: `it showed ${examination.finding}`,
        antecedent: examination.name,
      },
      random.pick([
        `${capitalize(examination.name)} showed ${examination.finding}.`,
        `${capitalize(examination.finding)} on ${examination.name}.`,
      ]),
    ],
    [
      {
        phrase: "this drug",
        sentence: `Pt was treated with ${order} and this drug was tolerated.`,
        clause: "this drug was tolerated",
        antecedent: drug,
      },
      random.pick([`Started ${order} for ${condition.abbreviation}.`, `Pt was treated with ${order}.`]),
    ],
    [
      {
        phrase: "it",
        sentence: `${symptom} was monitored and it improved by day ${improvedOnDay}.`,
        clause: `it improved by day ${improvedOnDay}`,
        antecedent: patient.symptoms[0],
      },
      `${symptom} improved by day ${improvedOnDay} on ${drug}.`,
    ],
  ];
  const sure = random.int(told.length);
  const chosen = told.map(([mention], index) => (index === sure || random.chance(0.1) ? mention : undefined));
  const opening = random.pick([
    `Pt was admitted for ${condition.abbreviation}.`,
    `Admitted with ${condition.abbreviation}.`,
    `Treated for ${condition.abbreviation}.`,
  ]);
  const closing = random.pick([
    `Discharged after ${lengthOfStay} days on ${discharge.name}.`,
    `D/c home on ${discharge.name} after ${lengthOfStay} days.`,
  ]);
  const sentences = told.map(([, plain], index) => chosen[index]?.sentence ?? plain);
  const label = random.pick(["Hospital course", "Course", "Hosp course"]);
  const [first, ...others] = chosen.filter((mention) => mention !== undefined);
  return {
    text: `${label}: ${[opening, ...sentences, closing].join(" ")}`,
    mentions: [first ?? told[sure]![0], ...others],
  };
}

function medications({ discharge }: PatientCase, random: RandomDraws): string {
  const label = random.pick(["Discharge meds", "D/c meds", "Meds at discharge"]);
  return `${label}: ${drugOrder(discharge)}`;
}

function followUp({ condition, discharge, followUpWeeks }: PatientCase, random: RandomDraws): string {
  const weeks = followUpWeeks === 1 ? "1 week" : `${followUpWeeks} weeks`;
  return random.pick([
    `Plan: Continue ${discharge.name}, f/u in ${weeks}.`,
    `F/u: clinic in ${weeks} for ${condition.abbreviation}.`,
    `Plan: f/u clinic in ${weeks}.`,
  ]);
}

function misspell(text: string, random: RandomDraws): string {
  const [word, typo] = random.pick(typos);
  return text.replace(word, typo);
}

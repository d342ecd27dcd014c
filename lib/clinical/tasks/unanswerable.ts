/** Questions that the note does not answer: what it leaves out, what no note says, and what never happened. */
import { analytes, type Analyte } from "../knowledge/analytes.ts";
import { allConditions } from "../knowledge/index.ts";
import { drugNames } from "../check/match.ts";
import type { FactKey } from "../text/draft.ts";
import type { ClinicalTask } from "./names.ts";
import { phrase, states, type Asked, type Instruction } from "./question.ts";

/** The one answer to all of them. */
export const absentAnswer = "The note does not say.";

/** What is asked where the note leaves all of the keys out. */
const omissions: readonly (readonly [task: ClinicalTask, keys: readonly FactKey[], ...templates: string[]])[] = [
  ["Question Answering", ["allergy"], "[What|Which] allergies does the patient have?", "What is the patient allergic to?"],
  ["Question Answering", ["attending"], "Who [is|was] the attending[ physician|]?", "[Which|What] physician is in charge?"],
  ["Question Answering", ["occupation"], "What is the patient's [occupation|job|work]?", "[What|Which] work does the patient do?"],
  ["Question Answering", ["smoking", "risk"], "What is the smoking [history|status]?", "[Does|Did] the patient smoke?"],
  ["Question Answering", ["vitals"], "What was the [heart rate|temperature|blood pressure|respiratory rate][ on admission|]?"],
  ["Question Answering", ["disposition"], "Where was the patient discharged to?", "What is the disposition?"],
  ["Question Answering", ["returnFor"], "[When|For what] should the patient [return|come back]?", "What are the [return precautions|warning signs]?"],
  ["Question Answering", ["consult"], "[Who|Which service] was consulted?"],
  ["Question Answering", ["home"], "With whom does the patient live?", "What is the [home|living] situation?"],
  ["Named Entity Recognition", ["homeDrugs"], "[Which|What] [drugs|medications] did the patient take [at home|before admission]?", "[List|Name|Extract] the home medications."],
  ["Named Entity Recognition", ["comorbidities", "comorbidityMention"], "[Which|What] [diseases|conditions] are in the past medical history?", "[List|Name|Extract] the [comorbidities|past diagnoses]."],
  ["Named Entity Recognition", ["exam"], "[List|Name|Extract] the examination findings.", "What did the examination show?"],
  ["Named Entity Recognition", ["procedure"], "[Which|What] [procedure|intervention] was [performed|done] during the [hospital course|stay]?", "What medical procedure did the patient undergo?"],
  ["Temporal Information Extraction", ["complication"], "When did the complication [occur|appear]?"],
  ["Temporal Information Extraction", ["treatmentDays"], "On [which|what] day was [the first drug|treatment] started?"],
]; // prettier-ignore

/** What no note says. */
const never: readonly string[] = [
  "What is the patient's [blood type|weight|height|religion|phone number|education]?",
  "[Which|What] insurance does the patient have?",
  "[In which room|On which ward] did the patient stay?",
  "[When|At what time] was the [last meal|last menstrual period|last tetanus shot]?",
  "[Which|What] [pharmacy|ambulance service] was used?",
];

type Absent = (asked: Asked) => { question: string } | undefined;

const omitted = (task: ClinicalTask): Absent[] =>
  omissions
    .filter(([of]) => of === task)
    .map(
      ([, keys, ...templates]) =>
        (asked) =>
          keys.some((key) => states(asked, key)) ? undefined : { question: phrase(asked, templates) },
    );

/** A name from a list that the note does not have. */
function missing(asked: Asked, names: readonly string[]): string | undefined {
  const note = asked.rendered.note.toLowerCase();
  for (let attempt = 0; attempt < 5; attempt++) {
    const name = asked.random.pick(names);
    if (!note.includes(name.toLowerCase())) return name;
  }
  return undefined;
}

function about(names: readonly string[], ...templates: string[]): Absent {
  return (asked) => {
    const name = missing(asked, names);
    return name === undefined ? undefined : { question: phrase(asked, templates, { name }) };
  };
}

const longAnalytes = (Object.keys(analytes) as Analyte[]).filter((name) => name.length > 2);
const complications = allConditions.flatMap(({ condition }) => condition.complications.map(([name]) => name));
const procedures = allConditions.flatMap(({ condition }) => [...condition.procedures]);

/** The kinds of each task; a task that always has an answer has none. */
const writers: Readonly<Record<ClinicalTask, readonly Absent[]>> = {
  "Named Entity Recognition": omitted("Named Entity Recognition"),
  "Abbreviation Expansion": [],
  "Relation Extraction": [
    about(
      drugNames,
      "[What|Which] dose of {name} [was ordered|is given in the note|did the patient get]?",
      "How often is {name} [given|taken]?",
      "What is the route of {name}?",
    ),
    about(complications, "How was [the |]{name} [treated|managed]?"),
  ],
  "Temporal Information Extraction": [
    ...omitted("Temporal Information Extraction"),
    about(
      drugNames,
      "When was {name} [started|begun|first given]?",
      "For how many days is {name} prescribed?",
    ),
    about(procedures, "When was [the |]{name} [done|performed]?"),
  ],
  "Coreference Resolution": [],
  Paraphrasing: [],
  Summarization: [],
  "Question Answering": [
    ...omitted("Question Answering"),
    (asked) => ({ question: phrase(asked, never) }),
    about(longAnalytes, "What was the [first |admission |initial |]{name}?"),
  ],
};

/** A question of this task that the note does not answer; undefined where there is none. */
export function writeUnanswerable(task: ClinicalTask, asked: Asked): Instruction | undefined {
  for (const writer of asked.random.shuffle(writers[task])) {
    const written = writer(asked);
    if (written) return { ...written, answer: absentAnswer, facts: [{ kind: "absent" }] };
  }
  return undefined;
}

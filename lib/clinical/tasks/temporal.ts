/** Temporal information extraction: when something happened, and how long it took. */
import { writeDate } from "../patient/dates.ts";
import { capitalize, quantity } from "../text/template.ts";
import {
  dayFact,
  dayInWords,
  phrase,
  states,
  type Asked,
  type Instruction,
  type QuestionWriter,
} from "./question.ts";

function onDayOf(
  asked: Asked,
  templates: readonly string[],
  day: number,
  slots: Record<string, string> = {},
): Instruction {
  return {
    question: phrase(asked, templates, slots),
    answer: `${capitalize(dayInWords(asked, day))}.`,
    facts: [dayFact(asked, day)],
  };
}

/** The kinds of this task. */
export const temporalWriters: readonly QuestionWriter[] = [
  (asked) => {
    const { admission } = asked.encounter;
    return {
      question: phrase(asked, [
        "When was the patient admitted?",
        "What is the admission date?",
        "On [which|what] date did the [stay|admission] begin?",
      ]),
      answer: `On ${writeDate(admission, asked.rendered.dates)}.`,
      facts: [{ kind: "day", date: writeDate(admission, "iso") }],
    };
  },
  (asked) => {
    const day = asked.encounter.admission + asked.encounter.stay;
    return {
      question: phrase(asked, [
        "When was the patient discharged?",
        "What is the discharge date?",
        "On [which|what] date did the patient leave the hospital?",
      ]),
      answer: `On ${writeDate(day, asked.rendered.dates)}.`,
      facts: [{ kind: "day", date: writeDate(day, "iso") }],
    };
  },
  (asked) => {
    const { stay } = asked.encounter;
    return {
      question: phrase(asked, [
        "How long was the [hospital stay|admission|hospitalization]?",
        "How many days was the patient in hospital?",
        "What was the length of stay?",
      ]),
      answer: `${quantity(stay, "days")}.`,
      facts: [
        { kind: "duration", amount: stay, unit: "days", ...(states(asked, "stay") ? {} : { derived: true }) },
      ],
    };
  },
  (asked) => {
    const { onset, symptoms } = asked.encounter;
    return {
      question: phrase(
        asked,
        [
          "How long had the patient had {symptom}[ before admission|]?",
          "How long before admission did [the |]{symptom} begin?",
          "What was the duration of [the |]{symptom}?",
        ],
        { symptom: symptoms[0]! },
      ),
      answer: `For ${quantity(onset.amount, onset.unit)}.`,
      facts: [{ kind: "duration", amount: onset.amount, unit: onset.unit }],
    };
  },
  (asked) => {
    if (!states(asked, "treatmentDays")) return undefined;
    const treatment = asked.encounter.treatments[0] && asked.random.pick(asked.encounter.treatments);
    if (!treatment) return undefined;
    return onDayOf(
      asked,
      ["When was {drug} [started|begun|first given]?", "On [which|what] day was {drug} [started|begun]?"],
      treatment.startDay,
      { drug: treatment.name },
    );
  },
  (asked) => {
    const { procedure } = asked.encounter;
    if (!procedure) return undefined;
    return onDayOf(
      asked,
      [
        "When was [the |]{procedure} [done|performed]?",
        "On [which|what] day did the patient [have|undergo] {procedure}?",
      ],
      procedure.day,
      { procedure: procedure.text },
    );
  },
  (asked) => {
    const { complication } = asked.encounter;
    if (!complication) return undefined;
    return onDayOf(
      asked,
      ["When did [the |]{name} [occur|develop|appear]?", "On [which|what] day was {name} [noted|seen]?"],
      complication.day,
      { name: complication.name },
    );
  },
  (asked) => {
    const { text, day } = asked.encounter.milestone;
    return onDayOf(
      asked,
      [
        "On [which|what] day is it [noted|written] that the patient {text}?",
        "When is it [noted|recorded] that the patient {text}?",
      ],
      day,
      { text },
    );
  },
  (asked) => {
    const drug = asked.encounter.dischargeDrugs.find(({ forDays }) => forDays !== undefined);
    if (drug?.forDays === undefined) return undefined;
    return {
      question: phrase(
        asked,
        [
          "[For how long|How long] [is|should] {drug} [to be taken|be taken]?",
          "For how many days is {drug} prescribed?",
          "What is the duration of {drug} [after discharge|at home]?",
        ],
        { drug: drug.name },
      )
        .replace("is be", "should be")
        .replace("should to be", "is to be"),
      answer: `For ${quantity(drug.forDays, "days")}.`,
      facts: [{ kind: "duration", amount: drug.forDays, unit: "days" }],
    };
  },
  (asked) => {
    const { clinic, weeks } = asked.random.pick(asked.encounter.followUps);
    return {
      question: phrase(
        asked,
        [
          "When is the [visit|follow-up] in [the |]{clinic}?",
          "In how many weeks is the patient seen in [the |]{clinic}?",
          "How long after discharge is the {clinic} visit?",
        ],
        { clinic },
      ),
      answer: `In ${quantity(weeks, "weeks")}.`,
      facts: [{ kind: "duration", amount: weeks, unit: "weeks" }],
    };
  },
];

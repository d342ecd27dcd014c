/** Paraphrasing: a part of the note in words that a patient understands. */
import { frequencies, routes } from "../knowledge/abbreviations.ts";
import type { DrugOrder } from "../patient/encounter.ts";
import { writeDate } from "../patient/dates.ts";
import { enumerate, quantity } from "../text/template.ts";
import {
  dayFact,
  dayInWords,
  phrase,
  states,
  term,
  wholeOrder,
  type Asked,
  type QuestionWriter,
} from "./question.ts";

const ask = "[Paraphrase|Rewrite in plain words|Say in plain words|Put into plain words|Reword]";

/** An order in words: "5 mg by mouth twice daily". */
function orderInWords({ dose, route, frequency }: DrugOrder): string {
  return `${dose} ${routes[route]} ${frequencies[frequency]}`;
}

/** The kinds of this task. */
export const paraphraseWriters: readonly QuestionWriter[] = [
  (asked) => {
    const { symptoms, onset } = asked.encounter;
    const shown = symptoms.slice(0, 2);
    return {
      question: phrase(asked, [
        `${ask} [how the patient presented|the reason for admission|the presentation].`,
      ]),
      answer: `The patient came to the hospital after ${quantity(onset.amount, onset.unit)} of ${enumerate(shown)}.`,
      facts: [
        ...shown.map((symptom) => term(symptom)),
        { kind: "duration", amount: onset.amount, unit: onset.unit },
      ],
    };
  },
  (asked) => orderParaphrase(asked, asked.encounter.dischargeDrugs, "at discharge"),
  (asked) => orderParaphrase(asked, asked.encounter.treatments, "in hospital"),
  (asked) => {
    const { complication } = asked.encounter;
    if (!complication) return undefined;
    return {
      question: phrase(asked, [
        `${ask} [what the note says about the complication|the complication and its treatment].`,
      ]),
      answer: `The patient had ${complication.name} ${dayInWords(asked, complication.day)}, which was treated with ${complication.managedWith}.`,
      facts: [
        term(complication.name),
        term(complication.managedWith),
        { ...dayFact(asked, complication.day), optional: true },
      ],
    };
  },
  (asked) => {
    const { clinic, weeks } = asked.encounter.followUps[0];
    return {
      question: phrase(asked, [
        `${ask} the [first|] [follow-up plan|follow-up|plan after discharge].`,
      ]).replace("  ", " "),
      answer: `The patient should be seen in the ${clinic} in ${quantity(weeks, "weeks")}.`,
      facts: [term(clinic), { kind: "duration", amount: weeks, unit: "weeks" }],
    };
  },
  (asked) => {
    if (!states(asked, "disposition")) return undefined;
    const { disposition, admission, stay } = asked.encounter;
    const day = admission + stay;
    return {
      question: phrase(asked, [`${ask} [how the patient left the hospital|the discharge].`]),
      answer: `The patient went ${disposition.startsWith("a") ? "to " : ""}${disposition} on ${writeDate(day, asked.rendered.dates)}.`,
      facts: [term(disposition), { kind: "day", date: writeDate(day, "iso") }],
    };
  },
  (asked) => {
    if (!states(asked, "returnFor")) return undefined;
    const { returnFor } = asked.encounter;
    return {
      question: phrase(asked, [`${ask} [the return precautions|when to come back].`]),
      answer: `The patient should come back for ${enumerate(returnFor, "or")}.`,
      facts: returnFor.map((sign) => term(sign)),
    };
  },
];

function orderParaphrase(
  asked: Asked,
  orders: readonly DrugOrder[],
  where: string,
): ReturnType<QuestionWriter> {
  const once = orders.filter(({ frequency }) => frequency !== "continuous");
  if (once.length === 0) return undefined;
  const order = asked.random.pick(once);
  return {
    question: phrase(asked, [`${ask} the order for {drug} {where}.`, `${ask} how {drug} is taken {where}.`], {
      drug: order.name,
      where,
    }),
    answer: `The patient ${where === "at discharge" ? "takes" : "received"} ${order.name} ${orderInWords(order)}.`,
    facts: [wholeOrder(order)],
  };
}

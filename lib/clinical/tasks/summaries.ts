/** Summarisation: the stay in one or two sentences. */
import { enumerate, quantity } from "../text/template.ts";
import type { Fact } from "../check/facts.ts";
import { articleOfAge, drugName, noun, phrase, term, type QuestionWriter } from "./question.ts";

/** The kinds of this task. */
export const summaryWriters: readonly QuestionWriter[] = [
  (asked) => {
    const { age, condition, treatments, procedure, complication, stay, dischargeDrugs } = asked.encounter;
    const drugs = treatments.slice(0, 2);
    const facts: Fact[] = [
      { kind: "duration", amount: age, unit: "years", optional: true, derived: true },
      term(condition.name, condition.short),
      ...drugs.map((drug) => ({ ...drugName(drug), optional: true })),
    ];
    const treated = [...drugs.map(({ name }) => name), ...(procedure ? [procedure.text] : [])];
    if (procedure) facts.push({ ...term(procedure.text), optional: true });
    let answer = `${articleOfAge(age)} ${age}-year-old ${noun(asked.encounter)} with ${condition.name}`;
    answer += treated.length > 0 ? ` was treated with ${enumerate(treated)}` : " was treated in hospital";
    if (complication) {
      answer += `, had ${complication.name}`;
      facts.push({ ...term(complication.name), optional: true });
    }
    answer += ` and left after ${quantity(stay, "days")}`;
    facts.push({ kind: "duration", amount: stay, unit: "days", optional: true, derived: true });
    const [first] = dischargeDrugs;
    if (first) {
      answer += ` on ${first.name}`;
      facts.push({ ...drugName(first), optional: true });
    }
    return {
      question: phrase(asked, [
        "[Summarize|Sum up] the [hospital stay|hospital course|note|admission][ in one sentence|].",
        "[Give|Write] a [short|brief] summary of [this note|the stay|the hospital course].",
        "Can you summarize the patient's [hospital course|stay]?",
      ]),
      answer: `${answer}.`,
      facts,
    };
  },
  (asked) => {
    const { condition, dischargeDrugs, followUps } = asked.encounter;
    const [{ clinic, weeks }] = followUps;
    const drugs = dischargeDrugs.map(({ name }) => name);
    return {
      question: phrase(asked, [
        "[Summarize|Sum up] the [discharge plan|plan after discharge].",
        "[Give|Write] a short summary of the plan at discharge.",
      ]),
      answer: `After ${condition.name}, the patient ${drugs.length > 0 ? `takes ${enumerate(drugs)} and ` : ""}will be seen in the ${clinic} in ${quantity(weeks, "weeks")}.`,
      facts: [
        { ...term(condition.name, condition.short), optional: true },
        ...dischargeDrugs.map(drugName),
        term(clinic),
        { kind: "duration", amount: weeks, unit: "weeks", optional: true },
      ],
    };
  },
];

/** Relation extraction: which drug, dose, finding or treatment belongs to which. */
import { frequencies, routes } from "../knowledge/abbreviations.ts";
import type { DrugOrder } from "../patient/encounter.ts";
import { capitalize } from "../text/template.ts";
import { phrase, states, term, type Asked, type QuestionWriter } from "./question.ts";

/** Every order that the note states. */
function orders(asked: Asked): DrugOrder[] {
  const { treatments, dischargeDrugs, homeDrugs } = asked.encounter;
  const all = [...treatments, ...dischargeDrugs, ...(states(asked, "homeDrugs") ? homeDrugs : [])];
  // A drug that is given twice, in two doses, has no one dose to ask for.
  return all.filter(({ name }) => all.filter((other) => other.name === name).length === 1);
}

/** The kinds of this task. */
export const relationWriters: readonly QuestionWriter[] = [
  (asked) => {
    const order = orders(asked)[0] && asked.random.pick(orders(asked));
    if (!order) return undefined;
    return {
      question: phrase(
        asked,
        [
          "[What|Which] dose of {drug} [was ordered|is given in the note|did the patient get]?",
          "What is the dose of {drug}?",
          "How much {drug} is [ordered|taken] at a time?",
        ],
        { drug: order.name },
      ),
      answer: `${order.dose}.`,
      facts: [{ kind: "value", value: order.dose, unit: "" }],
    };
  },
  (asked) => {
    const order = orders(asked)[0] && asked.random.pick(orders(asked));
    if (!order) return undefined;
    return {
      question: phrase(
        asked,
        [
          "How often is {drug} [given|taken]?",
          "What is the frequency of {drug}?",
          "[At|In] what [interval|frequency] is {drug} ordered?",
        ],
        { drug: order.name },
      ),
      answer: `${capitalize(frequencies[order.frequency])}.`,
      facts: [term(frequencies[order.frequency])],
    };
  },
  (asked) => {
    const order = orders(asked)[0] && asked.random.pick(orders(asked));
    if (!order) return undefined;
    return {
      question: phrase(
        asked,
        [
          "[By|Through] [which|what] route is {drug} given?",
          "How is {drug} administered?",
          "What is the route of {drug}?",
        ],
        { drug: order.name },
      ),
      answer: `${capitalize(routes[order.route])}.`,
      facts: [term(routes[order.route])],
    };
  },
  (asked) => {
    const { homeDrugs, comorbidities } = asked.encounter;
    if (!states(asked, "homeDrugs", "comorbidities") || homeDrugs.length === 0) return undefined;
    const { name, forDisease } = asked.random.pick(homeDrugs);
    const { short } = comorbidities.find((entry) => entry.name === forDisease)!;
    return {
      question: phrase(
        asked,
        [
          "[Why|For which condition] does the patient take {drug}[ at home|]?",
          "[Which|What] [disease|condition] of the history is {drug} for?",
        ],
        { drug: name },
      ),
      answer: `For ${forDisease}.`,
      facts: [term(forDisease, short)],
    };
  },
  (asked) => {
    const { complication } = asked.encounter;
    if (!complication) return undefined;
    return {
      question: phrase(
        asked,
        [
          "How was [the |]{name} [treated|managed]?",
          "[What|Which treatment] was given for [the |]{name}?",
          "What was the treatment of {name}?",
        ],
        { name: complication.name },
      ),
      answer: `${capitalize(complication.managedWith)}.`,
      facts: [term(complication.managedWith)],
    };
  },
  (asked) => {
    const { complication } = asked.encounter;
    if (!complication) return undefined;
    return {
      question: phrase(
        asked,
        [
          "[Which|What] [complication|problem] was [treated|managed] with {managed}?",
          "What was {managed} [given|used] for?",
        ],
        { managed: complication.managedWith },
      ),
      answer: `${capitalize(complication.name)}.`,
      facts: [term(complication.name)],
    };
  },
  (asked) => {
    if (!states(asked, "studies")) return undefined;
    const { name, finding } = asked.random.pick(asked.encounter.studies);
    return {
      question: phrase(
        asked,
        [
          "What did [the |]{name} show?",
          "Which finding was reported on [the |]{name}?",
          "What was the [result|finding] of [the |]{name}?",
        ],
        { name },
      ),
      answer: `${capitalize(finding)}.`,
      facts: [term(finding)],
    };
  },
  (asked) => {
    if (!states(asked, "studies")) return undefined;
    const { name, finding } = asked.random.pick(asked.encounter.studies);
    return {
      question: phrase(
        asked,
        ["[Which|What] study [showed|found] {finding}?", "Which [study|test] reported {finding}?"],
        { finding },
      ),
      answer: `${capitalize(name)}.`,
      facts: [term(name)],
    };
  },
  (asked) => {
    const { allergy } = asked.encounter;
    if (!allergy || !states(asked, "allergy")) return undefined;
    return {
      question: phrase(
        asked,
        [
          "[What|Which] reaction [does the patient have to|is caused by] {substance}?",
          "How does the patient react to {substance}?",
        ],
        { substance: allergy.substance },
      ),
      answer: `${capitalize(allergy.reaction)}.`,
      facts: [term(allergy.reaction)],
    };
  },
  (asked) => {
    const [first] = asked.encounter.treatments;
    if (!first) return undefined;
    const { name, short } = asked.encounter.condition;
    return {
      question: phrase(
        asked,
        [
          "[Which|What] [diagnosis|condition] was {drug} [started|given] for?",
          "[Why|For which diagnosis] was {drug} [started|given]?",
        ],
        { drug: first.name },
      ),
      answer: `For ${name}.`,
      facts: [term(name, short)],
    };
  },
];

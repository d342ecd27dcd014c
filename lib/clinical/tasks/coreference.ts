/** Coreference resolution: what a pronoun or a noun phrase of the note stands for. */
import { capitalize } from "../text/template.ts";
import { phrase, term, type QuestionWriter } from "./question.ts";

/** The kinds of this task. */
export const coreferenceWriters: readonly QuestionWriter[] = [
  (asked) => {
    const { mentions } = asked.rendered;
    if (mentions.length === 0) return undefined;
    const { phrase: word, clause, antecedent } = asked.random.pick(mentions);
    const [start] = antecedent === "the patient" ? ["The patient"] : [capitalize(antecedent)];
    return {
      question: phrase(
        asked,
        [
          'What does "{word}" [refer to|stand for|mean] in "{clause}"?',
          'In "{clause}", what is "{word}"?',
          '[Who or what|What] is meant by "{word}" in "{clause}"?',
          '[Resolve|Find what is meant by] "{word}" in "{clause}".',
        ],
        { word, clause },
      ),
      answer: `${start}.`,
      facts: [antecedent === "the patient" ? term("the patient", "pt") : term(antecedent)],
    };
  },
];

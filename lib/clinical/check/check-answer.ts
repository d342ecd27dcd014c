/** Judges any answer to a question about a note against the facts that the right answer comes from. */
import type { ClinicalTask } from "../tasks/names.ts";
import { canonical } from "./canonical.ts";
import type { Fact } from "./facts.ts";
import { claimsOf, isRefusal, statesFact, wordsOfFact, type Claims } from "./match.ts";

/** What an answer is judged with. */
export interface CheckedExample {
  note: string;
  question: string;
  facts: readonly Fact[];
}

/** The judgement of an answer. */
export interface AnswerCheck {
  /** Every fact that is needed is there, and nothing contradicts. */
  correct: boolean;
  /** Facts that the answer states, of `facts`. */
  found: number;
  facts: number;
  /** What is wrong: "missing" facts, a "contradiction", a "refusal" where there is an answer, or an "invention". */
  faults: ("missing" | "contradiction" | "refusal" | "invention")[];
}

/** Tasks whose answers may speak of anything that the note says; the others may not name a second drug or day. */
const open: ReadonlySet<ClinicalTask> = new Set<ClinicalTask>(["Paraphrasing", "Summarization"]);

/** The claims that each kind of fact is about: there a second, different claim is a hedge and contradicts. */
const claimsOfKind: Record<Fact["kind"], readonly (keyof Claims)[]> = {
  term: ["drugs", "diseases"],
  drug: ["drugs", "numbers"],
  day: ["days"],
  duration: ["durations"],
  value: ["numbers"],
  polarity: [],
  absent: ["days", "durations", "numbers", "drugs", "diseases"],
};

const claimKinds = ["days", "durations", "numbers", "drugs", "diseases"] as const;

/**
 * Judges an answer. It is correct when it states every needed fact (of the optional ones so many that half of all
 * facts are there), names no second day, dose, drug or disease where one was asked for, says nothing of the kind that
 * is not in the note, and does not decline where there is an answer. Wordings, date formats, acronyms of orders and
 * number words do not matter. A negation in other words is not understood: the check is of facts, not of logic.
 *
 * @example
 * const facts: Fact[] = [{ kind: "value", value: "5", unit: "mg" }];
 * const row = { note: "D/C meds: apixaban 5 mg PO BID", question: "Dose of apixaban?", facts };
 * checkAnswer("Relation Extraction", row, "Five milligrams twice a day").correct; // → true
 */
export function checkAnswer(task: ClinicalTask, example: CheckedExample, answer: string): AnswerCheck {
  const { facts } = example;
  const words = canonical(answer);
  const stated = facts.map((fact) => statesFact(answer, words, fact));
  const found = stated.filter(Boolean).length;
  const complete = facts.every((fact, index) => stated[index]! || fact.optional) && found * 2 >= facts.length;
  const faults = new Set<AnswerCheck["faults"][number]>();
  if (!complete) faults.add("missing");
  if (isRefusal(answer) && !facts.some(({ kind }) => kind === "absent")) faults.add("refusal");

  const claims = claimsOf(words);
  const asked = claimsOf([
    ...canonical(example.question),
    ...facts.flatMap((fact) => [...wordsOfFact(fact), "."]),
  ]);
  const note = claimsOf(canonical(example.note));
  const strict = new Set(open.has(task) ? [] : facts.flatMap(({ kind }) => claimsOfKind[kind]));
  for (const kind of claimKinds) {
    for (const claim of claims[kind]) {
      if (asked[kind].has(claim)) continue;
      if (strict.has(kind)) faults.add("contradiction");
      else if (!note[kind].has(claim)) faults.add("invention");
    }
  }
  return { correct: faults.size === 0, found, facts: facts.length, faults: [...faults] };
}

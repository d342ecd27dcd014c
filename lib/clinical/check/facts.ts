/** The facts that an answer comes from, in a form that any wording of the answer can be judged against. */
import type { Frequency, Route } from "../knowledge/types.ts";

/** Words that must be in the answer: a diagnosis, a finding, a name. */
export interface TermFact {
  kind: "term";
  value: string;
  /** Other words for the same. */
  also?: readonly string[];
}

/** A drug, with as much of the order as was asked for. */
export interface DrugFact {
  kind: "drug";
  name: string;
  dose?: string;
  route?: Route;
  frequency?: Frequency;
  forDays?: number;
}

/** A day, as a date (ISO 8601) or, where it lies in the stay, as a hospital day; either is right. */
export interface DayFact {
  kind: "day";
  date: string;
  hospitalDay?: number;
}

/** A length of time, such as 6 days. */
export interface DurationFact {
  kind: "duration";
  amount: number;
  unit: string;
}

/** A measured value. */
export interface ValueFact {
  kind: "value";
  value: string;
  unit: string;
}

/** The answer is yes or no. */
export interface PolarityFact {
  kind: "polarity";
  yes: boolean;
}

/** The note does not say what is asked. */
export interface AbsentFact {
  kind: "absent";
}

/** A fact of an answer. */
export type Fact = (TermFact | DrugFact | DayFact | DurationFact | ValueFact | PolarityFact | AbsentFact) & {
  /** A summary may leave it out, as long as it keeps half of all facts. */
  optional?: boolean;
  /** It follows from the note and does not stand in it: a meaning of an acronym, a count of days. */
  derived?: boolean;
};

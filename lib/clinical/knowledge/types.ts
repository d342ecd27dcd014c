/** What the generator knows of a disease: the typed form of every entry in this folder. */
import type { Analyte } from "./analytes.ts";
import type { Range } from "./range.ts";
import type { StudyName } from "./studies.ts";
import type { Vital } from "./vitals.ts";

/** The specialties; each has a list of conditions. */
export const specialties = [
  "cardiology",
  "pulmonology",
  "gastroenterology",
  "nephrology",
  "neurology",
  "endocrinology",
  "infectious disease",
  "hematology and oncology",
  "rheumatology",
  "general surgery",
  "orthopedics",
  "obstetrics and gynecology",
] as const;

/** The name of a specialty. */
export type Specialty = (typeof specialties)[number];

/** How a drug enters the body, as orders abbreviate it. */
export type Route = "PO" | "IV" | "IM" | "SC" | "INH" | "SL" | "PR" | "PV" | "TOP";

/** How often a drug is given, as orders abbreviate it. */
export type Frequency =
  | "once"
  | "daily"
  | "BID"
  | "TID"
  | "QID"
  | "qHS"
  | "q1h"
  | "q2h"
  | "q4h"
  | "q6h"
  | "q8h"
  | "q12h"
  | "PRN"
  | "weekly"
  | "monthly"
  | "continuous";

/** A drug with the doses that are usual for one use. */
export interface DrugChoice {
  name: string;
  route: Route;
  frequency: Frequency;
  doses: readonly string[];
}

/** The time unit of a history. */
export type TimeUnit = "hours" | "days" | "weeks" | "months";

/** A disease with everything that a plausible hospital stay for it needs; lists are drawn from, so order says nothing. */
export interface Condition {
  name: string;
  /** As notes shorten it: an acronym such as "CAP", or a shorter name where none is in use. */
  short: string;
  /** Only patients of this sex have it. */
  sex?: "F" | "M";
  ages: Range;
  /** Time from first symptom to admission. */
  onset: readonly [low: number, high: number, unit: TimeUnit];
  /** Days in hospital. */
  stay: Range;
  symptoms: readonly string[];
  /** Symptoms that are asked for and absent. */
  denies: readonly string[];
  /** Risk factors and occasions, as noun phrases. */
  risks: readonly string[];
  /** Findings of the examination, as noun phrases. */
  exam: readonly string[];
  /** Where this disease moves a vital sign; the others are normal. */
  vitals: Partial<Record<Vital, Range>>;
  labs: Partial<Record<Analyte, Range>>;
  /** The value that is followed, with its range on the day of discharge. */
  followed: readonly [analyte: Analyte, low: number, high: number];
  studies: Partial<Record<StudyName, readonly string[]>>;
  procedures: readonly string[];
  /** Every stay has a procedure, for it is the treatment. */
  operated?: true;
  /** In hospital: one drug is drawn of each list. */
  treatments: readonly (readonly DrugChoice[])[];
  /** New at discharge: one drug is drawn of each list. */
  discharge: readonly (readonly DrugChoice[])[];
  /** Days for which the first drug at discharge is taken, where it has an end. */
  courseDays?: Range;
  /** What went well, as what the patient did. */
  milestones: readonly string[];
  complications: readonly (readonly [name: string, managedWith: string])[];
  consults: readonly string[];
  clinics: readonly string[];
  /** What is to be repeated or awaited after discharge. */
  pending: readonly string[];
  /** What the patient is told to do. */
  advice: readonly string[];
  /** What the patient is told to come back for. */
  returnFor: readonly string[];
  /** Drugs and comorbidities that do not go with it, and "alcohol" where a patient would not drink any. */
  avoid?: readonly string[];
}

/** A drug choice in the order of a prescription. */
export function rx(name: string, route: Route, frequency: Frequency, ...doses: string[]): DrugChoice {
  return { name, route, frequency, doses };
}

/** The facts of one made-up hospital stay; reports, notes and answers are written from these and nothing else. */
import type { Allergy } from "../knowledge/background.ts";
import type { Analyte } from "../knowledge/analytes.ts";
import type { Comorbidity } from "../knowledge/comorbidities.ts";
import type { StudyName } from "../knowledge/studies.ts";
import type { Condition, Frequency, Route, Specialty, TimeUnit } from "../knowledge/types.ts";
import type { Vital } from "../knowledge/vitals.ts";

/** A drug as ordered. */
export interface DrugOrder {
  name: string;
  dose: string;
  route: Route;
  frequency: Frequency;
}

/** A drug at home with the disease that it is taken for. */
export interface HomeDrug extends DrugOrder {
  forDisease: string;
}

/** A drug in hospital with the hospital day on which it was started; the day of admission is day 1. */
export interface Treatment extends DrugOrder {
  startDay: number;
}

/** A new drug at discharge, with the days for which it is taken where it has an end. */
export interface DischargeDrug extends DrugOrder {
  forDays?: number;
}

/** A laboratory value as reported; `value` has its decimals. */
export interface LabResult {
  analyte: Analyte;
  value: string;
  unit: string;
}

/** A study with its finding and the hospital day on which it was done. */
export interface StudyResult {
  name: StudyName;
  finding: string;
  day: number;
}

/** Something that happened on a hospital day. */
export interface DayEvent {
  text: string;
  day: number;
}

/** A complication with its treatment and the hospital day on which it appeared. */
export interface Complication {
  name: string;
  managedWith: string;
  day: number;
}

/** A visit after discharge. */
export interface FollowUp {
  clinic: string;
  weeks: number;
}

/** One hospital stay of one made-up patient. */
export interface Encounter {
  patientId: number;
  surname: string;
  attending: string;
  age: number;
  sex: "F" | "M";
  specialty: Specialty;
  condition: Condition;
  /** Days since 1970-01-01, in a year after 2100, so that no date is mistaken for a real stay's. */
  admission: number;
  /** Days in hospital; discharge is `admission + stay`. */
  stay: number;
  symptoms: readonly string[];
  onset: { amount: number; unit: TimeUnit };
  denies: readonly string[];
  risk: string;
  comorbidities: readonly Comorbidity[];
  homeDrugs: readonly HomeDrug[];
  allergy: Allergy | undefined;
  /** Undefined where the risk factor says it already. */
  smoking: string | undefined;
  /** Undefined where the risk factor says it already. */
  alcohol: string | undefined;
  occupation: string | undefined;
  home: string;
  vitals: Readonly<Record<Vital, string>>;
  exam: readonly string[];
  labs: readonly LabResult[];
  /** The followed laboratory value on the day of discharge; its first value is in `labs`. */
  lastLab: LabResult;
  studies: readonly StudyResult[];
  procedure: DayEvent | undefined;
  treatments: readonly Treatment[];
  milestone: DayEvent;
  complication: Complication | undefined;
  consult: string;
  dischargeDrugs: readonly DischargeDrug[];
  state: string;
  disposition: string;
  followUps: readonly [FollowUp, ...FollowUp[]];
  pending: string;
  advice: readonly string[];
  returnFor: readonly string[];
}

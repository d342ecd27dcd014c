/** Draws one synthetic patient's hospital stay: a diagnosis and facts that fit it. */
import type { RandomDraws } from "../../data/index.ts";
import { conditions, type Condition, type Drug, type Examination } from "./conditions.ts";
import { comorbidities } from "./glossary.ts";

/** The facts of one stay; the note and every answer are written from these and nothing else. */
export interface PatientCase {
  patientId: number;
  age: number;
  sex: "F" | "M";
  condition: Condition;
  /** Two different symptoms of the condition, the leading one first. */
  symptoms: readonly [string, string];
  /** How long the symptoms lasted before admission, as "3 days". */
  duration: string;
  /** Abbreviation of the one comorbidity that the note names. */
  comorbidity: string;
  examination: Examination;
  /** A blood value as written, such as "WBC 14.2 K/uL". */
  lab: string;
  inpatient: Drug;
  discharge: Drug;
  /** Hospital day by which the leading symptom improved; before `lengthOfStay`. */
  improvedOnDay: number;
  /** Whole days in hospital, 3 to 9. */
  lengthOfStay: number;
  /** Whole weeks until the follow-up visit. */
  followUpWeeks: number;
}

/**
 * Draws a case for one patient id.
 *
 * @example
 * drawPatient(7, mulberry32(7)).patientId; // → 7
 */
export function drawPatient(patientId: number, random: RandomDraws): PatientCase {
  const condition = random.pick(conditions);
  const [first, second] = random.shuffle(condition.symptoms) as [string, string];
  const sex = random.pick(["F", "M"] as const);
  const { lab } = condition;
  const duration = { hours: random.between(2, 20), days: random.between(2, 7), weeks: random.between(2, 8) };
  const lengthOfStay = random.between(3, 9);
  const age = random.between(condition.ages[0], condition.ages[1]);
  const inpatient = random.pick(condition.inpatient);
  return {
    patientId,
    age,
    sex,
    condition,
    symptoms: [first, second],
    duration: `${duration[condition.onset]} ${condition.onset}`,
    comorbidity: random.pick(plausibleComorbidities(age, sex)),
    examination: random.pick(condition.examinations),
    lab: `${lab.name} ${(lab.low + random.next() * (lab.high - lab.low)).toFixed(lab.decimals)} ${lab.unit}`,
    inpatient,
    discharge: random.pick(condition.discharge.filter(({ name }) => name !== inpatient.name)),
    improvedOnDay: random.between(2, lengthOfStay - 1),
    lengthOfStay,
    followUpWeeks: random.between(1, 6),
  };
}

function plausibleComorbidities(age: number, sex: PatientCase["sex"]): string[] {
  const late = new Set(["CKD", "CAD", "OA", "BPH", "PVD"]);
  return Object.keys(comorbidities).filter(
    (name) => (age >= 45 || !late.has(name)) && (sex === "M" || name !== "BPH"),
  );
}

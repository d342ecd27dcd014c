/** Draws the facts of one stay so that they fit each other: age, history, drugs, allergies and the order of days. */
import type { RandomDraws } from "../../data/index.ts";
import { analytes, type Analyte } from "../knowledge/analytes.ts";
import {
  alcohol,
  allergies,
  dispositions,
  homes,
  occupations,
  smoking,
  states,
  surnames,
  type Allergy,
} from "../knowledge/background.ts";
import { comorbidities, type Comorbidity } from "../knowledge/comorbidities.ts";
import { allConditions } from "../knowledge/index.ts";
import type { Range } from "../knowledge/range.ts";
import type { StudyName } from "../knowledge/studies.ts";
import type { Condition, DrugChoice } from "../knowledge/types.ts";
import { vitals, type Vital } from "../knowledge/vitals.ts";
import { admissionDays, firstAdmission } from "./dates.ts";
import type { DrugOrder, Encounter, HomeDrug, LabResult, StudyResult } from "./encounter.ts";

/**
 * Draws the stay of one patient.
 *
 * @example
 * const encounter = drawEncounter(1, mulberry32(7));
 * encounter.condition.name; // a diagnosis, and everything else in `encounter` fits it
 */
export function drawEncounter(patientId: number, random: RandomDraws): Encounter {
  const { condition, specialty } = random.pick(allConditions);
  const age = random.between(...condition.ages);
  const sex = condition.sex ?? random.pick(["F", "M"] as const);
  const stay = random.between(...condition.stay);
  const allergy = random.chance(0.55) ? random.pick(allergies) : undefined;
  const given = drawOrders(condition.treatments, allergy, [], random);
  const newDrugs = drawOrders(condition.discharge, allergy, [], random);
  const history = drawComorbidities(condition, age, sex, random);
  const taken = new Set([...given, ...newDrugs].map(({ name }) => name));
  const suits = (text: string): boolean => suitsPatient(text, age, sex);
  const risk = random.pick(condition.risks.filter(suits));
  const [low, high, unit] = condition.onset;
  const procedureDay = random.between(1, Math.min(3, stay - 1));
  const lastDay = Math.max(2, stay - 1);
  const milestoneDay = random.between(Math.min(lastDay, procedureDay + 1), lastDay);
  const complication = random.chance(0.5)
    ? random.pick(condition.complications.filter(([name]) => suits(name)))
    : undefined;
  const smokingStatus = /smok|pack-year/.test(risk) ? undefined : random.pick(smoking);
  const smokes = smokingStatus === undefined || /smokes|current/.test(smokingStatus);
  const advice = condition.advice.filter((text) => suits(text) && (smokes || text !== "stop smoking"));
  const sure = random.shuffle(Object.keys(condition.labs) as Analyte[]);
  const followed = condition.followed[0];
  return {
    patientId,
    surname: random.pick(surnames),
    attending: random.pick(surnames),
    age,
    sex,
    specialty,
    condition,
    admission: firstAdmission + random.int(admissionDays),
    stay,
    symptoms: some(condition.symptoms.filter(suits), 2, 4, random),
    onset: { amount: random.between(low, high), unit },
    denies: some(condition.denies.filter(suits), 2, 3, random),
    risk,
    comorbidities: history,
    homeDrugs: drawHomeDrugs(history, allergy, condition.avoid ?? [], taken, random),
    allergy,
    smoking: smokingStatus,
    alcohol: drawAlcohol(condition, risk, random),
    occupation: age < 66 ? random.pick(occupations) : undefined,
    home: random.pick(homes.filter((place) => plausibleHome(place, age))),
    vitals: drawVitals(condition, random),
    exam: some(condition.exam.filter(suits), 2, 4, random),
    labs: [followed, ...sure.filter((name) => name !== followed)]
      .slice(0, random.between(3, 5))
      .map((name) => labResult(name, condition.labs[name]!, random)),
    lastLab: labResult(followed, [condition.followed[1], condition.followed[2]], random),
    studies: drawStudies(condition, stay, random),
    procedure:
      condition.operated || random.chance(0.7)
        ? { text: random.pick(condition.procedures), day: procedureDay }
        : undefined,
    treatments: given.map((order, index) => ({
      ...order,
      startDay: index === 0 ? 1 : random.between(1, Math.min(2, stay - 1)),
    })),
    milestone: {
      text: random.pick(condition.milestones),
      day: milestoneDay,
    },
    complication: complication && {
      name: complication[0],
      managedWith: complication[1],
      // Not before the procedure, which it may come from, nor after the patient is said to be better.
      day: random.between(Math.min(Math.max(2, procedureDay), milestoneDay), milestoneDay),
    },
    consult: random.pick(condition.consults),
    dischargeDrugs: newDrugs.map((order, index) =>
      index === 0 && condition.courseDays && order.frequency !== "PRN"
        ? { ...order, forDays: random.between(...condition.courseDays) }
        : order,
    ),
    state: random.pick(states),
    disposition: random.pick(dispositions.filter(([, from]) => age >= from))[0],
    followUps: drawFollowUps(condition, random),
    pending: random.pick(condition.pending),
    advice: some(advice, 2, 3, random),
    returnFor: some(condition.returnFor.filter(suits), 2, 3, random),
  };
}

/** Between `low` and `high` different items, in a drawn order. */
function some<T>(items: readonly T[], low: number, high: number, random: RandomDraws): T[] {
  return random.shuffle(items).slice(0, random.between(low, high));
}

function order(choice: DrugChoice, random: RandomDraws): DrugOrder {
  const { name, route, frequency } = choice;
  return { name, dose: random.pick(choice.doses), route, frequency };
}

function fits(name: string, allergy: Allergy | undefined): boolean {
  return !allergy?.excludes.some((part) => name.includes(part));
}

/** One drug of each list that the allergy leaves; a list that it empties gives none. */
function drawOrders(
  lists: Condition["treatments"],
  allergy: Allergy | undefined,
  taken: readonly string[],
  random: RandomDraws,
): DrugOrder[] {
  const orders: DrugOrder[] = [];
  for (const list of lists) {
    const names = new Set([...taken, ...orders.map(({ name }) => name)]);
    const left = list.filter(({ name }) => fits(name, allergy) && !names.has(name));
    if (left.length > 0) orders.push(order(random.pick(left), random));
  }
  return orders;
}

function drawComorbidities(
  condition: Condition,
  age: number,
  sex: Encounter["sex"],
  random: RandomDraws,
): Comorbidity[] {
  const avoid = new Set(condition.avoid);
  const possible = comorbidities.filter(
    (entry) =>
      age >= entry.from &&
      (entry.sex ?? sex) === sex &&
      !avoid.has(entry.name) &&
      !condition.name.includes(entry.name),
  );
  const drawn: Comorbidity[] = [];
  const wanted = Math.min(possible.length, random.between(age < 40 ? 0 : 1, age < 40 ? 2 : 4));
  while (drawn.length < wanted) {
    const left = possible.filter((entry) => !drawn.includes(entry));
    drawn.push(random.pick(left.flatMap((entry) => new Array<Comorbidity>(entry.weight).fill(entry))));
  }
  return drawn;
}

function drawHomeDrugs(
  history: readonly Comorbidity[],
  allergy: Allergy | undefined,
  avoid: readonly string[],
  taken: ReadonlySet<string>,
  random: RandomDraws,
): HomeDrug[] {
  return history.flatMap(({ name: forDisease, drugs }) => {
    const left = drugs.filter(({ name }) => fits(name, allergy) && !avoid.includes(name) && !taken.has(name));
    return left.length === 0 ? [] : [{ ...order(random.pick(left), random), forDisease }];
  });
}

function drawVitals(condition: Condition, random: RandomDraws): Record<Vital, string> {
  const draw = (name: Vital): string =>
    number(condition.vitals[name] ?? vitals[name].normal, vitals[name].decimals, random);
  const drawn = {
    temp: draw("temp"),
    HR: draw("HR"),
    SBP: draw("SBP"),
    DBP: draw("DBP"),
    RR: draw("RR"),
    SpO2: draw("SpO2"),
  };
  // A pulse pressure below 25 would need a story of its own.
  if (Number(drawn.SBP) - Number(drawn.DBP) < 25) drawn.DBP = String(Math.round(Number(drawn.SBP) * 0.6));
  return drawn;
}

function number([low, high]: Range, decimals: number, random: RandomDraws): string {
  return (low + random.next() * (high - low)).toFixed(decimals);
}

function labResult(analyte: Analyte, range: Range, random: RandomDraws): LabResult {
  const { unit, decimals } = analytes[analyte];
  return { analyte, value: number(range, decimals, random), unit };
}

function drawStudies(condition: Condition, stay: number, random: RandomDraws): StudyResult[] {
  const names = random.shuffle(Object.keys(condition.studies) as StudyName[]);
  return names.slice(0, random.between(1, 2)).map((name, index) => ({
    name,
    finding: random.pick(condition.studies[name]!),
    day: index === 0 ? 1 : random.between(1, Math.min(3, stay)),
  }));
}

function drawFollowUps(condition: Condition, random: RandomDraws): Encounter["followUps"] {
  const clinics = random.shuffle([...new Set([...condition.clinics, "primary care clinic"])]);
  const first = { clinic: clinics[0]!, weeks: random.between(1, 6) };
  if (random.chance(0.6)) return [first];
  return [first, { clinic: clinics[1]!, weeks: first.weeks + random.between(1, 6) }];
}

/** Whether a phrase can be said of a person of this age and sex. */
function suitsPatient(text: string, age: number, sex: Encounter["sex"]): boolean {
  if (/contracept|estrogen|pregnan|postpartum|menstru|period|delivery/.test(text))
    return sex === "F" && age < 50;
  if (/menopaus/.test(text)) return sex === "F" && age >= 50;
  if (/vagin|hysterectomy|ovarian|breast/.test(text)) return sex === "F";
  return sex === "M" || !/prostat|priapism|erection|scrotal|testic/.test(text);
}

/** The habit; undefined where the risk factor says it already. */
function drawAlcohol(condition: Condition, risk: string, random: RandomDraws): string | undefined {
  if (/alcohol|drink|beer|wine/.test(risk)) return undefined;
  return condition.avoid?.includes("alcohol") ? "no alcohol" : random.pick(alcohol);
}

function plausibleHome(place: string, age: number): boolean {
  if (place.includes("parents")) return age < 30;
  if (place.includes("roommate")) return age < 40;
  if (place.includes("assisted")) return age > 74;
  if (place.includes("daughter")) return age > 62;
  return true;
}

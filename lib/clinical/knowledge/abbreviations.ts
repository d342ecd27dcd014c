/** Every abbreviation that the notes use, with its expansion. */
import { analytes } from "./analytes.ts";
import { comorbidities } from "./comorbidities.ts";
import { allConditions } from "./index.ts";
import { studies } from "./studies.ts";
import type { Frequency, Route } from "./types.ts";
import { vitals } from "./vitals.ts";

/** Routes in words. */
export const routes: Readonly<Record<Route, string>> = {
  PO: "by mouth",
  IV: "intravenously",
  IM: "intramuscularly",
  SC: "subcutaneously",
  INH: "by inhalation",
  SL: "under the tongue",
  PR: "rectally",
  PV: "vaginally",
  TOP: "topically",
};

/** Frequencies in words. */
export const frequencies: Readonly<Record<Frequency, string>> = {
  once: "once",
  daily: "once daily",
  BID: "twice daily",
  TID: "three times daily",
  QID: "four times daily",
  qHS: "at bedtime",
  q1h: "every hour",
  q2h: "every 2 hours",
  q4h: "every 4 hours",
  q6h: "every 6 hours",
  q8h: "every 8 hours",
  q12h: "every 12 hours",
  PRN: "as needed",
  weekly: "once weekly",
  monthly: "once monthly",
  continuous: "continuously",
};

/** Acronyms inside findings and procedures. */
const clinicalWords: Readonly<Record<string, string>> = {
  JVD: "jugular venous distension",
  JVP: "jugular venous pressure",
  NSAID: "nonsteroidal anti-inflammatory drug",
  NSAIDs: "nonsteroidal anti-inflammatory drugs",
  LVEF: "left ventricular ejection fraction",
  EGD: "esophagogastroduodenoscopy",
  ERCP: "endoscopic retrograde cholangiopancreatography",
  PCI: "percutaneous coronary intervention",
  BiPAP: "bilevel positive airway pressure",
  LAD: "left anterior descending artery",
  RCA: "right coronary artery",
  FEV1: "forced expiratory volume in one second",
};

/** A finding without its acronyms, for texts that have none. */
export function spellOut(text: string): string {
  return text.replace(/\b[A-Za-z][A-Za-z0-9]{2,4}\b/g, (word) =>
    Object.hasOwn(clinicalWords, word) ? clinicalWords[word]! : word,
  );
}

/** Words of the notes themselves that are abbreviated. */
const noteWords: Readonly<Record<string, string>> = {
  HPI: "history of present illness",
  PMH: "past medical history",
  CC: "chief complaint",
  LOS: "length of stay",
  HD: "hospital day",
  ED: "emergency department",
  PCP: "primary care provider",
  NKDA: "no known drug allergies",
  "p/w": "presented with",
  "c/b": "complicated by",
  "f/u": "follow-up",
  "s/p": "status post",
  "h/o": "history of",
  "D/C": "discharge",
  PTA: "prior to admission",
  ROS: "review of systems",
  VS: "vital signs",
  AF: "atrial fibrillation",
  RVR: "rapid ventricular response",
};

/** Whether a short form is an acronym: one word with two capitals at least, such as "CAP"; "AF with RVR" is none. */
export function isAcronym(text: string): boolean {
  return /^[A-Za-z0-9/-]{2,8}$/.test(text) && (text.match(/[A-Z]/g)?.length ?? 0) >= 2;
}

const named = (
  entries: readonly (readonly [short: string, long: string | undefined])[],
): Record<string, string> =>
  Object.fromEntries(entries.flatMap(([short, long]) => (long && isAcronym(short) ? [[short, long]] : [])));

/** The abbreviations with their expansions; each has one meaning in the whole corpus. */
export const glossary: Readonly<Record<string, string>> = {
  ...noteWords,
  ...clinicalWords,
  ...named(Object.entries(vitals).map(([short, { long }]) => [short, long])),
  ...named(
    Object.entries(analytes).map(([short, entry]) => [short, "long" in entry ? entry.long : undefined]),
  ),
  ...named(Object.entries(studies)),
  ...named(Object.entries(routes).filter(([short]) => short !== "TOP")),
  ...named(Object.entries(frequencies)),
  ...named(comorbidities.map(({ short, name }) => [short, name])),
  ...named(allConditions.map(({ condition: { short, name } }) => [short, name])),
};

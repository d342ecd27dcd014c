/** Notes with identifiers of all 18 kinds and their places: what de-identification is measured on. All is made up. */
import type { RandomDraws } from "../../data/index.ts";
import type { CorpusPatient } from "../corpus.ts";
import { surnames } from "../knowledge/background.ts";
import { dateStyles, writeDate } from "../patient/dates.ts";
import { identifierKinds, type IdentifierKind, type IdentifierSpan } from "./identifiers.ts";

/** A note with what is known of its identifiers. */
export interface IdentifiedNote {
  text: string;
  known: readonly IdentifierSpan[];
}

const towns = ["Torvale", "Kessing", "Dunmarrow", "Port Alder", "Wexholm"];
const firstNames = ["Ana", "Ilse", "Tomas", "Priya", "Noor", "Emeka", "Lena", "Goran", "Mei", "Otto"];

const digits = (count: number, random: RandomDraws): string =>
  Array.from({ length: count }, () => random.int(10)).join("");

type Drawn = readonly [before: string, value: string, after: string];

/** Sentences around an identifier of each kind; some of them give no hint of what it is, as real notes do. */
const writers: Readonly<Record<IdentifierKind, (random: RandomDraws, name: string, date: string) => Drawn>> =
  {
    name: (random, name) =>
      random.pick<Drawn>([
        ["Dictated by: ", `${random.pick(firstNames)} ${name}`, ""],
        ["Plan discussed with her daughter ", random.pick(firstNames), " by phone."],
        ["Case reviewed with Dr. ", name, " at bedside."],
        ["", `${random.pick(firstNames)} ${name}`, ", RN, at bedside."],
        ["Pt asked that ", random.pick(firstNames), " be called first."],
      ]),
    place: (random) =>
      random.pick<Drawn>([
        ["Lives in ", random.pick(towns), "."],
        ["Address: ", `${random.between(2, 980)} Alder Grove Road`, ""],
        ["Mail goes to ", `OR ${digits(5, random)}`, "."],
        ["Transferred from ", `${random.pick(towns)} Hospital`, "."],
      ]),
    date: (random, _name, date) =>
      random.pick<Drawn>([
        ["Next visit ", date, "."],
        ["Last seen on ", `${random.between(1, 12)}/${random.between(1, 28)}`, " in clinic."],
        ["Stent placed ", `March ${random.between(2, 28)}`, "."],
        ["Mother is ", String(random.between(90, 103)), " years old."],
      ]),
    phone: (random) => [
      "Call ",
      `(${digits(3, random)}) ${digits(3, random)}-${digits(4, random)}`,
      " with questions.",
    ],
    fax: (random) => ["Fax: ", `${digits(3, random)}-${digits(3, random)}-${digits(4, random)}`, ""],
    email: (random, name) => [
      "Write to ",
      `${name.toLowerCase()}${random.int(90)}@mail.${random.pick(["com", "net"])}`,
      ".",
    ],
    "social security number": (random) => [
      "SSN ",
      `${digits(3, random)}-${digits(2, random)}-${digits(4, random)}`,
      " on file.",
    ],
    "medical record number": (random) =>
      random.pick<Drawn>([
        ["MRN: ", digits(8, random), ""],
        ["Chart ", digits(7, random), " requested."],
      ]),
    "health plan number": (random) => ["Insurance ID: ", `XG${digits(9, random)}`, ""],
    "account number": (random) => ["Account: ", digits(10, random), ""],
    "licence number": (random) => ["License ", `MD-${digits(6, random)}`, " of the physician."],
    "vehicle identifier": (random) => ["Came by car, plate ", `KTR-${digits(4, random)}`, "."],
    "device identifier": (random) => ["Device serial number ", `PM${digits(7, random)}`, "."],
    "web address": (random) => ["Images at ", `https://viewer.example.com/s/${digits(6, random)}`, "."],
    "network address": (random) => [
      "Portal login from ",
      `10.${random.int(256)}.${random.int(256)}.${random.int(256)}`,
      ".",
    ],
    "biometric identifier": (random) => ["Fingerprint ID: ", `FP-${digits(6, random)}`, ""],
    photograph: (random) => ["Photo of the face: ", `face_${digits(4, random)}.jpg`, ""],
    "other identifier": (random) => ["Study ID: ", `NX-${digits(4, random)}-${digits(2, random)}`, ""],
  };

/**
 * A corpus patient's note with `count` more lines, each with an identifier of a drawn kind; the note's own names and dates
 * are known too.
 *
 * @example
 * const [patient] = generatePatients({ patients: 1 });
 * const { text, known } = writeIdentifiedNote(patient!, 4, mulberry32(1));
 * known.map(({ start, end }) => text.slice(start, end)); // → ["Ulordan", "yaramor75@mail.net", "8/19/2130", …]
 */
export function writeIdentifiedNote(
  patient: CorpusPatient,
  count: number,
  random: RandomDraws,
): IdentifiedNote {
  const { note, encounter } = patient;
  const lines = note.split("\n");
  const added: { line: string; value: string; kind: IdentifierKind }[] = [];
  for (const kind of random.shuffle(identifierKinds).slice(0, count)) {
    const date = writeDate(encounter.admission + random.between(20, 300), random.pick(dateStyles));
    const [before, value, after] = writers[kind](random, random.pick(surnames), date);
    const line = before + value + after;
    added.push({ line, value, kind });
    lines.splice(random.between(1, lines.length), 0, line);
  }
  const text = lines.join("\n");
  const known = new Map<number, IdentifierSpan>();
  const mark = (value: string, kind: IdentifierKind, from = 0, to = text.length): void => {
    for (let at = text.indexOf(value, from); at >= 0 && at < to; at = text.indexOf(value, at + 1)) {
      if (!/\w/.test(text[at - 1] ?? " ") && !/\w/.test(text[at + value.length] ?? " ") && !known.has(at)) {
        known.set(at, { start: at, end: at + value.length, kind });
      }
    }
  };
  for (const { line, value, kind } of added) {
    const at = text.indexOf(line);
    mark(value, kind, at, at + line.length);
  }
  if (text.includes(encounter.surname)) mark(encounter.surname, "name");
  if (text.includes(encounter.attending)) mark(encounter.attending, "name");
  for (let day = 0; day <= encounter.stay; day++) {
    for (const style of dateStyles) mark(writeDate(encounter.admission + day, style), "date");
  }
  if (encounter.age > 89) {
    for (const { index } of text.matchAll(
      new RegExp(`\\b${encounter.age}(?= ?-?(?:yo|year)| [FM]\\b| Sex|, with)`, "g"),
    )) {
      known.set(index, { start: index, end: index + String(encounter.age).length, kind: "date" });
    }
  }
  return { text, known: [...known.values()].sort((a, b) => a.start - b.start) };
}

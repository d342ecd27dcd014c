/** Puts made-up values in the place of identifiers: the same for the same original, dates all moved by the same days. */
import { mulberry32, type RandomDraws } from "../../data/index.ts";
import { surnames } from "../knowledge/background.ts";
import { dayNumber, monthNumber, writeDate } from "../patient/dates.ts";
import type { IdentifierKind } from "./identifiers.ts";
import type { DrawSeeds } from "./secret.ts";

const places = [
  "Northfield",
  "Eastbrook",
  "Millhaven",
  "Oakridge Falls",
  "Lakemont",
  "Westerly Point",
  "Ashgrove",
];
const monthNames = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
]; // prettier-ignore

/** Digits and capitals drawn anew; everything else stays, so that a number keeps its shape. */
function redraw(original: string, random: RandomDraws): string {
  return original.replace(/[0-9A-Z]/g, (unit) =>
    /\d/.test(unit) ? String(random.int(10)) : String.fromCharCode(65 + random.int(26)),
  );
}

/** A date in the form of the original, `days` later; undefined where it is no date of the calendar. */
export function shiftDate(original: string, days: number): string | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(original);
  if (iso) return moved(Number(iso[1]), Number(iso[2]), Number(iso[3]), days)?.join("-");
  const slashed = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}|\d{2}))?$/.exec(original);
  if (slashed) {
    const [, m, d, y] = slashed;
    // Two digits are a year of this century; without a year any one will do that is no leap year.
    const date = moved(
      y === undefined ? 2001 : Number(y.length === 2 ? `20${y}` : y),
      Number(m),
      Number(d),
      days,
    );
    if (!date) return undefined;
    const [year, monthText, dayText] = date;
    const plain = (text: string, like: string): string =>
      like.startsWith("0") ? text : String(Number(text));
    const parts = [plain(monthText, m!), plain(dayText, d!)];
    return [...parts, ...(y === undefined ? [] : [year.slice(-y.length)])].join("/");
  }
  const word = /[A-Z][a-z]+/.exec(original)?.[0] ?? "";
  const monthOfYear = monthNumber(word);
  const dayText = /(?<!\d)\d{1,2}(?!\d)/.exec(original)?.[0];
  const yearText = /\d{4}/.exec(original)?.[0];
  if (monthOfYear === undefined || dayText === undefined) return undefined;
  const date = moved(Number(yearText ?? 2001), monthOfYear, Number(dayText), days);
  if (!date) return undefined;
  const name = monthNames[Number(date[1]) - 1]!;
  return original
    .replace(/(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?!\d)/, String(Number(date[2])))
    .replace(/\d{4}/, date[0])
    .replace(/[A-Z][a-z]+/, word.length <= 3 ? name.slice(0, 3) : name);
}

function moved(year: number, month: number, day: number, days: number): [string, string, string] | undefined {
  const number = dayNumber(year, month, day);
  if (number === undefined) return undefined;
  return writeDate(number + days, "iso").split("-") as [string, string, string];
}

/** What stands in for an original; `days` is the patient's shift, `taken` holds surrogate names that are in use. */
export function surrogateOf(
  kind: IdentifierKind,
  original: string,
  seeds: DrawSeeds,
  days: number,
  taken: ReadonlySet<string>,
): string {
  const random = mulberry32(seeds(kind, original.toLowerCase()));
  // The first free one of an order that the name alone draws, so that other names of a note seldom change it.
  const name = (avoid: ReadonlySet<string>): string => {
    const order = random.shuffle(surnames);
    return order.find((other) => !avoid.has(other) && !original.includes(other)) ?? order[0]!;
  };
  switch (kind) {
    case "name":
      return name(taken);
    case "date":
      return /^\d{2,3}$/.test(original) ? "90" : (shiftDate(original, days) ?? "[date]");
    case "place": {
      const place = random.pick(places);
      const zip = /^[A-Z]{2} (\d{5})/.exec(original);
      if (zip || /^\d{5}$/.test(original)) return original.replace(/\d{5}(?:-\d{4})?/, "00000");
      if (/^\d/.test(original)) return `${random.between(1, 999)} ${place} Street`;
      const institution = /(Hospital|Clinic|Medical Center|Nursing Home|High School|University)$/.exec(
        original,
      )?.[1];
      return institution === undefined ? place : `${place} ${institution}`;
    }
    case "phone":
    case "fax":
      // 555-0100 to 555-0199 are kept free for fiction.
      return `555-555-01${String(random.int(100)).padStart(2, "0")}`;
    case "email":
      return `${name(new Set()).toLowerCase()}@example.org`;
    case "web address":
      return `https://example.org/${random.int(10_000)}`;
    case "network address":
      return `192.0.2.${random.int(256)}`;
    case "social security number":
      // No number begins with 000.
      return `000-${String(random.int(100)).padStart(2, "0")}-${String(random.int(10_000)).padStart(4, "0")}`;
    case "photograph":
      return "[photograph]";
    case "biometric identifier":
      return "[biometric]";
    default: {
      const drawn = redraw(original, random);
      return drawn === original ? `[${kind}]` : drawn;
    }
  }
}

/** Reduces clinical wordings to one form, so that "Aug 12, 2118" is "2118-08-12" and "twice a day" is "BID". */
import { frequencies } from "../knowledge/abbreviations.ts";
import { dayNumber, monthNumber, writeDate } from "../patient/dates.ts";

const numberWords = [
  "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
  "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
]; // prettier-ignore

const month = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?";

/** Wordings and their short form, in the order in which they are replaced. */
const rewrites: readonly (readonly [pattern: RegExp, form: string])[] = [
  [/\b(?:twice|two times|2 times) (?:daily|a day|per day|every day)\b|\bb\.i\.d\.?/g, " bid "],
  [/\b(?:three times|thrice|3 times) (?:daily|a day|per day|every day)\b|\bt\.i\.d\.?/g, " tid "],
  [/\b(?:four times|4 times) (?:daily|a day|per day|every day)\b|\bq\.i\.d\.?/g, " qid "],
  [/\b(?:once|one time|1 time) (?:weekly|a week|per week|every week)\b|\bevery week\b/g, " weekly "],
  [/\b(?:once|one time|1 time) (?:monthly|a month|per month)\b|\bevery month\b/g, " monthly "],
  [/\b(?:once (?:daily|a day|per day)|every day|each day|q24h|qd)\b/g, " daily "],
  [/\bat (?:bedtime|night)\b|\bnightly\b/g, " qhs "],
  [/\b(?:every|each) (\d+) (?:hours|hrs|h)\b/g, " q$1h "],
  [/\b(?:every hour|hourly)\b/g, " q1h "],
  [/\b(?:as needed|when needed|if needed)\b/g, " prn "],
  [/\b(?:continuously|as a continuous infusion|infusion)\b/g, " continuous "],
  [/\b(?:intravenous(?:ly)?)\b/g, " iv "],
  [/\b(?:by mouth|orally|oral)\b/g, " po "],
  [/\b(?:subcutaneous(?:ly)?)\b/g, " sc "],
  [/\b(?:intramuscular(?:ly)?)\b/g, " im "],
  [/\b(?:by inhalation|inhaled|nebulized)\b/g, " inh "],
  [/\b(?:under the tongue|sublingual(?:ly)?)\b/g, " sl "],
  [/\b(?:rectal(?:ly)?)\b/g, " pr "],
  [/\b(?:vaginal(?:ly)?)\b/g, " pv "],
  [/\b(?:topical(?:ly)?)\b/g, " top "],
  [/\bmilligrams?\b/g, " mg "],
  [/\b(?:micrograms?|µg|μg|ug)\b/g, " mcg "],
  [/\bgrams?\b/g, " g "],
  [/\b(?:milliliters?|millilitres?)\b/g, " ml "],
  [/\bpercent\b/g, " % "],
  [/\b(?:hrs?|hours?)\b/g, " hour "],
  [/\byo\b|\by\/o\b/g, " year old "],
  [/\byears?\b|\byrs?\b/g, " year "],
  [/\bweeks?\b|\bwks?\b/g, " week "],
  [/\bmonths?\b/g, " month "],
]; // prettier-ignore

function isoDate(year: number, monthOfYear: number, day: number): string | undefined {
  const number = dayNumber(year, monthOfYear, day);
  return number === undefined ? undefined : ` date:${writeDate(number, "iso")} `;
}

function replaceDates(text: string): string {
  return text
    .replace(
      /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/g,
      (all, y, m, d) => isoDate(Number(y), Number(m), Number(d)) ?? all,
    )
    .replace(
      /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/g,
      (all, m, d, y) => isoDate(Number(y), Number(m), Number(d)) ?? all,
    )
    .replace(
      new RegExp(`\\b${month} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`, "g"),
      (all, name: string, d, y) => isoDate(Number(y), monthNumber(name)!, Number(d)) ?? all,
    )
    .replace(
      new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)? (?:of )?${month},? (\\d{4})\\b`, "g"),
      (all, d, name: string, y) => isoDate(Number(y), monthNumber(name)!, Number(d)) ?? all,
    );
}

/**
 * The words of a text in one form: lower case, without articles and plural endings; dates as `date:2118-08-12`, hospital
 * days as `day:3`, numbers without trailing zeros, number words as digits, units, routes and frequencies abbreviated.
 *
 * @example
 * canonical("Started on hospital day three at 40 milligrams"); // ["started", "on", "day:3", "at", "40", "mg"]
 */
export function canonical(text: string): string[] {
  let plain = replaceDates(text.normalize("NFKC").toLowerCase())
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .replace(/(?<![\p{L}\d.])(\d+(?:\.\d+)?)(?=\p{L})/gu, "$1 ")
    .replace(new RegExp(`\\b(${numberWords.join("|")})\\b`, "g"), (word) =>
      String(numberWords.indexOf(word)),
    );
  for (const [pattern, form] of rewrites) plain = plain.replace(pattern, form);
  plain = plain
    .replace(/\b(?:hospital day|hd|day)(?: number)?[ #]*(\d+)\b/g, " day:$1 ")
    .replace(/\bdays\b/g, " day ");
  const words =
    plain.match(/date:[\d-]+|day:\d+|\d+(?:\.\d+)?|q\d+h|[\p{L}]+\d[\p{L}\d]*|[\p{L}]+|%/gu) ?? [];
  return words.filter((word) => !articles.has(word)).map(base);
}

const articles = new Set(["a", "an", "the"]);

/** The frequencies' own short forms, in lower case; a plural ending is not taken from them. */
const shortForms = new Set(Object.keys(frequencies).map((word) => word.toLowerCase()));

function base(word: string): string {
  if (/^\d/.test(word)) return String(Number(word));
  if (shortForms.has(word) || word.includes(":")) return word;
  return word.length > 3 && /[^su]s$/.test(word) && !word.endsWith("is") ? word.slice(0, -1) : word;
}

/** Dates of made-up stays as day numbers, and the ways in which notes write them. */

/** How a note writes its dates; one style a note. */
export const dateStyles = ["iso", "slashed", "month"] as const;

/** One of the ways to write a date. */
export type DateStyle = (typeof dateStyles)[number];

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const millisecondsADay = 86_400_000;

/** The first day of the range of admissions, 2101-01-01, as a day number. */
export const firstAdmission = Date.UTC(2101, 0, 1) / millisecondsADay;

/** How many days the range of admissions has: to the end of 2189. */
export const admissionDays = Date.UTC(2190, 0, 1) / millisecondsADay - firstAdmission;

/**
 * A day number as a date.
 *
 * @example
 * writeDate(firstAdmission, "iso"); // "2101-01-01"; "slashed" gives "1/1/2101", "month" gives "Jan 1, 2101"
 */
export function writeDate(day: number, style: DateStyle): string {
  const date = new Date(day * millisecondsADay);
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (style === "slashed") return `${month + 1}/${dayOfMonth}/${year}`;
  if (style === "month") return `${months[month]!} ${dayOfMonth}, ${year}`;
  return date.toISOString().slice(0, 10);
}

/** The day number of a date given as year, month (1 to 12) and day; undefined where the calendar has no such day. */
export function dayNumber(year: number, month: number, dayOfMonth: number): number | undefined {
  const time = Date.UTC(year, month - 1, dayOfMonth);
  const date = new Date(time);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth
    ? time / millisecondsADay
    : undefined;
}

/** The number, from 1, of a month by its English name or first three letters; undefined for any other word. */
export function monthNumber(name: string): number | undefined {
  const index = months.findIndex((month) => name.toLowerCase().startsWith(month.toLowerCase()));
  return index < 0 ? undefined : index + 1;
}

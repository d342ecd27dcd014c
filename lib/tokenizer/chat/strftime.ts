/** Dates as Python's strftime writes them in the C locale, which chat templates ask for by strftime_now. */

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const two = (value: number): string => String(value).padStart(2, "0");

const directives: Record<string, (date: Date) => string> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  B: (date) => months[date.getMonth()]!,
  b: (date) => months[date.getMonth()]!.slice(0, 3),
  d: (date) => two(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2, " "),
  A: (date) => days[date.getDay()]!,
  a: (date) => days[date.getDay()]!.slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(((date.getHours() + 11) % 12) + 1),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  "%": () => "%",
};

/**
 * Formats a date in local time; a directive that is not known stays as it is.
 *
 * @example
 * strftime(new Date(2026, 0, 5), "%d %b %Y"); // "05 Jan 2026"
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%([A-Za-z%])/g, (written, letter: string) =>
    Object.hasOwn(directives, letter) ? directives[letter]!(date) : written,
  );
}

/** Sentences with choices: "[started|begun] {drug}" becomes one wording with the drug in its place. */
import type { RandomDraws } from "../../data/index.ts";

/** The values of a template's slots. */
export type Slots = Readonly<Record<string, string | number>>;

/**
 * Draws one wording of each choice in brackets, then fills the slots in braces; choices do not nest.
 *
 * @throws RangeError when a slot has no value: the template is wrong, not the data.
 * @example
 * fill("[Seen|Examined] on {day}.", { day: 2 }, mulberry32(1)); // "Seen on 2." or "Examined on 2."
 */
export function fill(template: string, slots: Slots, random: RandomDraws): string {
  return template
    .replace(/\[([^\]]*)\]/g, (_all, choices: string) => random.pick(choices.split("|")))
    .replace(/\{(\w+)\}/g, (_all, name: string) => {
      const value = slots[name];
      if (value === undefined) throw new RangeError(`Cannot fill the slot {${name}}: it has no value`);
      return String(value);
    });
}

/** The first letter in upper case; words such as "pH" stay as they are. */
export function capitalize(text: string): string {
  return /^[a-z][A-Z]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Items as an enumeration: "a", "a and b", "a, b and c".
 *
 * @example
 * enumerate(["fever", "cough", "chills"], "or"); // "fever, cough or chills"
 */
export function enumerate(items: readonly string[], conjunction: "and" | "or" = "and"): string {
  if (items.length < 2) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} ${conjunction} ${items.at(-1)!}`;
}

/** A count with its unit in the singular or plural: "1 week", "3 weeks". */
export function quantity(amount: number, unit: string): string {
  return `${amount} ${amount === 1 ? unit.replace(/s$/, "") : unit}`;
}

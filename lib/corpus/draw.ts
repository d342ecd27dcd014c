/** Draws what no vocabulary has: made-up words and surnames, codes, numbers, amounts, dates, times. */
import type { SeededRandom } from "../random.ts";
import { plural } from "./template.ts";
import {
  adjectives,
  animals,
  foods,
  madeThings,
  months,
  people,
  places,
  weekdays,
  type Person,
} from "./vocabulary/index.ts";

/** An integer from low to high, both included. */
export function between(random: SeededRandom, low: number, high: number): number {
  return low + random.int(high - low + 1);
}

/** True with a probability. */
export function chance(random: SeededRandom, probability: number): boolean {
  return random.next() < probability;
}

/** Different elements of a list, in a random order. */
export function sample<T>(random: SeededRandom, items: readonly T[], count: number): T[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, items.length)) chosen.add(random.int(items.length));
  return [...chosen].map((index) => items[index]!);
}

const onsets = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk sl st t tr th v w z".split(" ");
const vowels = "a e i o u ai ea ei ia io oa ou ue".split(" ");
const codas = ["", "", "", "n", "r", "l", "s", "t", "m", "x", "nd", "rk", "sh", "lt", "ck", "v"];

/** A word that no language has, such as "Tarvelin"; a model can only copy it. */
export function madeUpWord(random: SeededRandom, syllables = between(random, 2, 3)): string {
  let word = "";
  for (let i = 0; i < syllables; i++) {
    word += random.pick(onsets) + random.pick(i === 0 ? vowels.slice(0, 5) : vowels);
    if (i === syllables - 1 || chance(random, 0.3)) word += random.pick(codas);
  }
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A person with a made-up surname. */
export function fullName(random: SeededRandom): { person: Person; surname: string; name: string } {
  const person = random.pick(people);
  const surname = madeUpWord(random, 2);
  return { person, surname, name: `${person.name} ${surname}` };
}

/** A whole number that is seldom round. */
export function count(random: SeededRandom): string {
  const high = random.pick([9, 20, 60, 100, 500, 2000, 9000]);
  return String(between(random, 2, high));
}

/** What is measured: unit, lowest and highest number, step. */
const measures = {
  weight: [
    ["g", 5, 950, 5],
    ["mg", 2, 900, 1],
    ["mg", 5, 100, 5],
    ["kg", 1, 90, 1],
    ["kg", 0.5, 9.5, 0.5],
  ],
  volume: [
    ["ml", 5, 950, 5],
    ["ml", 1, 20, 0.5],
    ["litres", 0.5, 12, 0.5],
    ["drops", 2, 30, 1],
    ["spoons", 2, 9, 1],
  ],
  length: [
    ["cm", 2, 190, 1],
    ["mm", 1, 90, 0.5],
    ["m", 2, 400, 1],
    ["km", 1, 900, 1],
  ],
  other: [
    ["degrees", 1, 39, 1],
    ["percent", 1, 99, 1],
    ["pieces", 2, 80, 1],
  ],
} as const satisfies Record<string, readonly (readonly [string, number, number, number])[]>;

/** What can be measured. */
export type Measure = keyof typeof measures;

const everyMeasure = Object.keys(measures) as Measure[];

/** A number with a unit, such as "2.5 kg"; of any measure when none is given. */
export function amount(random: SeededRandom, measure: Measure = random.pick(everyMeasure)): string {
  const [unit, low, high, step] = random.pick<readonly [string, number, number, number]>(measures[measure]);
  const steps = Math.round((high - low) / step);
  return `${Number((low + step * random.int(steps + 1)).toFixed(1))} ${unit}`;
}

/** A price. */
export function price(random: SeededRandom): string {
  const whole = between(random, 1, random.pick([9, 40, 300, 2000]));
  const cents = chance(random, 0.5) ? `.${String(between(random, 5, 99)).padStart(2, "0")}` : "";
  return `${whole}${cents} ${random.pick(["euros", "dollars", "pounds", "francs"])}`;
}

/** How long something takes. */
export function duration(random: SeededRandom): string {
  return `${between(random, 2, 45)} ${random.pick(["minutes", "hours", "days", "weeks", "months", "years"])}`;
}

/** How often something happens. */
export function frequency(random: SeededRandom): string {
  return random.pick([
    "once a day",
    "twice a day",
    "three times a day",
    "every morning",
    "every evening",
    "at noon and in the evening",
    "once a week",
    "twice a week",
    "every other day",
    `every ${between(random, 2, 12)} hours`,
    `every ${between(random, 2, 9)} days`,
    `each ${random.pick(weekdays)}`,
  ]);
}

/** A date in one of the usual forms. */
export function date(random: SeededRandom): string {
  const at = random.int(months.length);
  const [month, days] = months[at]!;
  const day = between(random, 1, days);
  const year = between(random, 1950, 2030);
  const two = (value: number): string => String(value).padStart(2, "0");
  return random.pick([
    `${day} ${month} ${year}`,
    `${month} ${day}, ${year}`,
    `${year}-${two(at + 1)}-${two(day)}`,
    `${two(day)}/${two(at + 1)}/${year}`,
    `${day} ${month}`,
    `${month} ${day}`,
  ]);
}

/** A time of day. */
export function clockTime(random: SeededRandom): string {
  const hour = between(random, 6, 21);
  return `${hour}:${random.pick(["00", "05", "10", "15", "20", "25", "30", "35", "40", "45", "50", "55"])}`;
}

/** A code that only copying gets right, such as "QX-482". */
export function code(random: SeededRandom): string {
  const letter = (): string => "ABCDEFGHJKLMNPQRSTUVWXYZ".charAt(random.int(24));
  const digits = (length: number): string => Array.from({ length }, () => String(random.int(10))).join("");
  return random.pick([
    `${letter()}${letter()}-${digits(3)}`,
    `${letter()}${digits(2)}`,
    `${letter()}${letter()}${letter()} ${digits(4)}`,
    `${digits(4)}-${letter()}`,
    digits(6),
  ]);
}

const handy = madeThings.filter(
  ({ group, name }) =>
    !["vehicle", "piece of furniture"].includes(group) &&
    !["piano", "oven", "refrigerator", "bell", "ladder", "scissors"].includes(name),
);

/** A thing that one can carry, with an adjective, without an article: "broken umbrella". */
export function describedThing(random: SeededRandom): string {
  const { name } = random.pick(handy);
  return chance(random, 0.7) ? `${random.pick(adjectives)} ${name}` : name;
}

/** A food as one has some of it: "soup", "apples". */
export function someFood(random: SeededRandom): string {
  const { name, counted } = random.pick(foods);
  return counted ? plural(name) : name;
}

/** Any noun of the vocabulary, without an article. */
export function anyNoun(random: SeededRandom): string {
  return random.pick([
    random.pick(animals).name,
    random.pick(foods).name,
    random.pick(madeThings).name,
    random.pick(places).name,
  ]);
}

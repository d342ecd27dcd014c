/** Sentences with slots and alternatives: `{name}` is filled in, of `[now|today]` one is drawn. */
import type { SeededRandom } from "../random.ts";

/** The names of a template's slots. */
export type SlotOf<T extends string> = string extends T
  ? string
  : T extends `${string}{${infer Name}}${infer Rest}`
    ? Name | SlotOf<Rest>
    : never;

/** A value for each slot of a template. */
export type Slots<T extends string> = Readonly<Record<SlotOf<T>, string | number>>;

const alternatives = /\[([^[\]]*)\]/g;
const slot = /\{(\w+)\}/g;

/** Starts with a capital letter. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Fills a template. A slot that the values lack is a type error where the template is written out. Alternatives are drawn
 * first, so that they may hold slots, and do not nest.
 *
 * @example
 * fill(seededRandom(1), "The sky is [blue|grey] over {place}.", { place: "the harbour" });
 */
export function fill<const T extends string>(random: SeededRandom, template: T, slots: Slots<T>): string {
  const values = new Map<string, string | number>(Object.entries(slots));
  return template
    .replaceAll(alternatives, (_, options: string) => random.pick(options.split("|")))
    .replaceAll(slot, (_, name: string) => String(values.get(name)));
}

const vowel = /^([aeio]|u(?!ni|se|ten))/i;

/** A noun with its indefinite article: "an owl", "a unicorn". */
export function withArticle(noun: string): string {
  return `${vowel.test(noun) ? "an" : "a"} ${noun}`;
}

const irregular: Readonly<Record<string, string>> = {
  child: "children",
  deer: "deer",
  fish: "fish",
  foot: "feet",
  goose: "geese",
  knife: "knives",
  leaf: "leaves",
  loaf: "loaves",
  man: "men",
  mouse: "mice",
  scissors: "scissors",
  sheep: "sheep",
  shelf: "shelves",
  tooth: "teeth",
  wolf: "wolves",
  woman: "women",
  trousers: "trousers",
};

/** The plural of a noun; of several words the last one changes. */
export function plural(noun: string): string {
  const [, before = "", last = noun] = /^(.* )?(\S+)$/.exec(noun) ?? [];
  const known = irregular[last];
  if (known !== undefined) return before + known;
  if (/[^aeiou]y$/.test(last)) return `${before}${last.slice(0, -1)}ies`;
  return (
    before + last + (/(s|x|z|ch|sh|(^|[^aeiou])o)$/.test(last) && !/(piano|photo)$/.test(last) ? "es" : "s")
  );
}

/** Several things in a row: "a", "a and b", "a, b and c". */
export function series(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]!}`;
}

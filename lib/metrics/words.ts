/** Words as Python's `str.split()` sees them, whose white space differs from JavaScript's in a few characters. */

// Python counts the information separators U+001C to U+001F and U+0085, and not U+FEFF.
const blank = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const blanks = new RegExp(blank, "u");
const lastBlanks = new RegExp(`${blank}$`, "u");

/** The parts of a text between white space, as Python's `text.split()`; none for a blank text. */
export function splitWords(text: string): string[] {
  return text.split(blanks).filter((word) => word !== "");
}

/** A text without the white space at its end, as Python's `text.rstrip()`. */
export function trimEndBlanks(text: string): string {
  return text.replace(lastBlanks, "");
}

/** How often each item occurs. */
export function countItems(items: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** All runs of `order` neighbouring words, each as one string; words must not hold a space. */
export function nGrams(words: readonly string[], order: number): string[] {
  const grams: string[] = [];
  for (let at = 0; at + order <= words.length; at++) grams.push(words.slice(at, at + order).join(" "));
  return grams;
}

/** The size of the intersection of two multisets. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  for (const [item, count] of a) common += Math.min(count, b.get(item) ?? 0);
  return common;
}

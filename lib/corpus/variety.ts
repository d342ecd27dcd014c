/** How much of a text says something new. */

const wordPattern = /[\p{L}\p{N}]+/gu;

/**
 * The share of a collection's word n-grams that are different from all others before them, in (0, 1]; 1 when none is repeated
 * and where there are none (the "distinct-n" of Li et al., 2016, over the whole collection). It falls with the size of the
 * collection, so compare collections of one size.
 *
 * @example
 * distinctNgramRatio(["a b c d e", "a b c d f"], 5); // → 1
 */
export function distinctNgramRatio(texts: Iterable<string>, n = 5): number {
  const seen = new Set<string>();
  let total = 0;
  for (const text of texts) {
    const words = (text.match(wordPattern) ?? []).map((word) => word.toLowerCase());
    for (let at = 0; at + n <= words.length; at++) {
      seen.add(words.slice(at, at + n).join(" "));
      total++;
    }
  }
  return total === 0 ? 1 : seen.size / total;
}

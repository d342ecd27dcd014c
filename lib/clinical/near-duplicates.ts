/** Measures how much two texts share, by their runs of n words, so that copies do not sit on both sides of a split. */
import { ResidencyError } from "../errors.ts";

/** Two texts, by their places in the list, and the share of n-grams that they have in common. */
export interface NearDuplicate {
  first: number;
  second: number;
  /** In [0, 1]; see `ngramOverlap`. */
  overlap: number;
}

/** What counts as a near-duplicate. */
export interface NearDuplicateOptions {
  /** Words in a run (default: 8). */
  n?: number;
  /** Pairs with a larger overlap are given (default: a third). */
  threshold?: number;
}

/**
 * The distinct runs of n words of a text, in lower case and without punctuation; throws E_CONFIG where n is no size.
 *
 * @example
 * wordNgrams("Dx: PNA, stable", 2); // → new Set(["dx pna", "pna stable"])
 */
export function wordNgrams(text: string, n = 8): Set<string> {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new ResidencyError("E_CONFIG", `Cannot take runs of ${n} words: give a whole number of at least 1`);
  }
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const ngrams = new Set<string>();
  for (let start = 0; start + n <= words.length; start++) ngrams.add(words.slice(start, start + n).join(" "));
  return ngrams;
}

/**
 * The n-grams that two texts share, as a share of the shorter text's (containment): 0 for none, 1 for a copy. The
 * shorter text counts, so that a note that is copied into a longer one is found. 0 where a text has under n words.
 *
 * @example
 * ngramOverlap("a b c d", "a b c e", 2); // → 0.667
 */
export function ngramOverlap(first: string, second: string, n = 8): number {
  const [a, b] = [wordNgrams(first, n), wordNgrams(second, n)];
  const smaller = Math.min(a.size, b.size);
  return smaller === 0 ? 0 : [...a].filter((ngram) => b.has(ngram)).length / smaller;
}

/**
 * Every pair of texts that overlaps by more than the threshold; one pass over an index instead of all pairs.
 *
 * @example
 * const texts = ["one two three four", "zero one two three four", "five six seven eight"];
 * nearDuplicates(texts, { n: 3 }).length; // → 1
 */
export function nearDuplicates(
  texts: readonly string[],
  options: NearDuplicateOptions = {},
): NearDuplicate[] {
  const { n = 8, threshold = 1 / 3 } = options;
  const owners = new Map<string, number[]>();
  const sizes: number[] = [];
  const found: NearDuplicate[] = [];
  texts.forEach((text, second) => {
    const ngrams = wordNgrams(text, n);
    sizes.push(ngrams.size);
    const shared = new Map<number, number>();
    for (const ngram of ngrams) {
      const before = owners.get(ngram) ?? [];
      for (const first of before) shared.set(first, (shared.get(first) ?? 0) + 1);
      owners.set(ngram, [...before, second]);
    }
    for (const [first, count] of shared) {
      const overlap = count / Math.min(sizes[first]!, ngrams.size);
      if (overlap > threshold) found.push({ first, second, overlap });
    }
  });
  return found.sort((a, b) => a.second - b.second || a.first - b.first);
}

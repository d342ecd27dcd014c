/** The name that was probably meant. */

/** Steps of one letter from one word to another (Levenshtein, 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * The known name that is most like another, undefined when none is; names of Python's form are like those of ours.
 *
 * @example
 * nearestName("max_step", ["maxSteps", "seed"]); // "maxSteps"
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (word: string): string => word.replaceAll("_", "").toLowerCase();
  const byDistance = known
    .map((candidate) => ({ candidate, away: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.away - b.away);
  const [best] = byDistance;
  return best && best.away <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

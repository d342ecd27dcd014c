/** The middle of measured numbers. */

/**
 * The median; of an even count, the mean of the middle two.
 *
 * @throws RangeError for no values.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (upper === undefined) throw new RangeError("Cannot take the median of no values");
  return sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2;
}

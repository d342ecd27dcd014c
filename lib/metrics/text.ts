/** Scores of a predicted text against a reference, by the rules of SQuAD's evaluation script (v2.0). */

/** Lower case, without ASCII punctuation and the articles a, an, the; words joined by one space. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ");
}

/** 1 where prediction and reference are equal after normalisation, else 0. */
export function exactMatch(prediction: string, reference: string): 0 | 1 {
  return normalizeAnswer(prediction) === normalizeAnswer(reference) ? 1 : 0;
}

/**
 * The harmonic mean of precision and recall over words, 0 to 1; where a side has no word, 1 if both have none.
 *
 * @example
 * tokenF1("the drug is aspirin", "aspirin"); // 0.5
 */
export function tokenF1(prediction: string, reference: string): number {
  const predicted = words(prediction);
  const expected = words(reference);
  if (predicted.length === 0 || expected.length === 0) return predicted.length === expected.length ? 1 : 0;
  const remaining = new Map<string, number>();
  for (const word of expected) remaining.set(word, (remaining.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of predicted) {
    const left = remaining.get(word) ?? 0;
    if (left > 0) {
      common++;
      remaining.set(word, left - 1);
    }
  }
  return (2 * common) / (predicted.length + expected.length);
}

function words(text: string): string[] {
  const normalized = normalizeAnswer(text);
  return normalized === "" ? [] : normalized.split(" ");
}

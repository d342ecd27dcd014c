/** Scores of a predicted text against references, by the rules of SQuAD's evaluation script (v2.0). */
import { ResidencyError } from "../errors.ts";
import { countItems, overlap, splitWords } from "./words.ts";

/**
 * Lower case, without ASCII punctuation and the articles a, an, the; words joined by one space.
 *
 * @example
 * normalizeAnswer("The  patient's drug: Aspirin."); // → "patients drug aspirin"
 */
export function normalizeAnswer(text: string): string {
  return splitWords(
    text
      .toLowerCase()
      .replace(/[!-/:-@[-`{-~]/g, "")
      .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " "),
  ).join(" ");
}

function best(references: string | readonly string[], score: (reference: string) => number): number {
  if (typeof references === "string") return score(references);
  if (references.length === 0) {
    throw new ResidencyError("E_DATASET", "Cannot score an answer without a reference: give at least one");
  }
  return Math.max(...references.map(score));
}

/**
 * 1 where the prediction equals a reference after normalisation, else 0.
 *
 * @example
 * exactMatch("The aspirin.", ["aspirin", "ASA"]); // → 1
 */
export function exactMatch(prediction: string, references: string | readonly string[]): 0 | 1 {
  const normalized = normalizeAnswer(prediction);
  return best(references, (reference) => (normalizeAnswer(reference) === normalized ? 1 : 0)) === 1 ? 1 : 0;
}

/**
 * The harmonic mean of precision and recall over words, 0 to 1, against the reference that suits best; where a side
 * has no word, 1 if both have none.
 *
 * @example
 * tokenF1("the drug is aspirin", "aspirin"); // → 0.5
 */
export function tokenF1(prediction: string, references: string | readonly string[]): number {
  const predicted = splitWords(normalizeAnswer(prediction));
  return best(references, (reference) => {
    const expected = splitWords(normalizeAnswer(reference));
    if (predicted.length === 0 || expected.length === 0) return predicted.length === expected.length ? 1 : 0;
    return (2 * overlap(countItems(predicted), countItems(expected))) / (predicted.length + expected.length);
  });
}

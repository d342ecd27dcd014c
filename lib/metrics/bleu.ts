/** BLEU (Papineni et al., 2002) as sacreBLEU 2.6 computes it (Post, 2018). */
import { ResidencyError } from "../errors.ts";
import { tokenize13a } from "./tokenizer-13a.ts";
import { countItems, nGrams } from "./words.ts";

/** How precisions of 0 are smoothed; "floor" adds 0.1 and "add-k" 1 unless `smoothValue` says otherwise. */
export type BleuSmoothing = "exp" | "floor" | "add-k" | "none";

/** Options of {@link corpusBleu} and {@link sentenceBleu}. */
export interface BleuOptions {
  smoothMethod?: BleuSmoothing;
  smoothValue?: number;
  /** Compares lower-case texts; default false. */
  lowercase?: boolean;
  /** Leaves out orders that the prediction is too short for: default false for a corpus, true for a sentence. */
  effectiveOrder?: boolean;
}

/** What BLEU needs to know of a segment; sums of it over segments give the corpus's score. */
export interface BleuStatistics {
  hypothesisLength: number;
  /** The length of the reference that is closest in length. */
  referenceLength: number;
  /** Matching n-grams of the orders 1 to 4, clipped at a reference's count. */
  counts: readonly number[];
  /** All n-grams of the prediction. */
  totals: readonly number[];
}

/** A score, 0 to 100, and what it was made of. */
export interface BleuScore extends BleuStatistics {
  score: number;
  /** Percent, for the orders 1 to 4, after smoothing. */
  precisions: number[];
  brevityPenalty: number;
  /** sacreBLEU's signature; its version is the one whose scores these equal. */
  signature: string;
}

const maxOrder = 4;
const orders = [1, 2, 3, 4] as const;
const defaultSmoothValue = { exp: undefined, none: undefined, floor: 0.1, "add-k": 1 } as const;
const reproducedVersion = "2.6.0";

/** One reference, or several, of a prediction. */
export type BleuReferences = string | readonly string[];

const asList = (references: BleuReferences): readonly string[] =>
  typeof references === "string" ? [references] : references;

/**
 * The statistics of one prediction, to be summed or resampled.
 *
 * @throws ResidencyError E_DATASET when there is no reference.
 * @example
 * bleuStatistics("the cat", ["the cat sat"]).counts; // → [2, 1, 0, 0]
 */
export function bleuStatistics(
  prediction: string,
  references: BleuReferences,
  { lowercase = false }: BleuOptions = {},
): BleuStatistics {
  const words = (text: string): string[] => tokenize13a(lowercase ? text.toLowerCase() : text);
  const predicted = words(prediction);
  const expected = asList(references).map(words);
  if (expected.length === 0) {
    throw new ResidencyError("E_DATASET", "Cannot take BLEU without a reference: give at least one");
  }
  const lengths = expected.map((reference) => reference.length);
  const referenceLength = lengths.reduce((closest, length) => {
    const difference = Math.abs(predicted.length - length) - Math.abs(predicted.length - closest);
    return difference < 0 || (difference === 0 && length < closest) ? length : closest;
  });
  const counts: number[] = [];
  const totals: number[] = [];
  for (const order of orders) {
    const available = expected.map((reference) => countItems(nGrams(reference, order)));
    let matches = 0;
    for (const [gram, count] of countItems(nGrams(predicted, order))) {
      matches += Math.min(count, Math.max(...available.map((grams) => grams.get(gram) ?? 0)));
    }
    counts.push(matches);
    totals.push(Math.max(0, predicted.length - order + 1));
  }
  return { hypothesisLength: predicted.length, referenceLength, counts, totals };
}

/**
 * The statistics of several segments together.
 *
 * @example
 * const parts = [bleuStatistics("the cat", "the cat"), bleuStatistics("a dog", "the dog")];
 * sumBleuStatistics(parts).counts; // → [3, 1, 0, 0]
 */
export function sumBleuStatistics(segments: readonly BleuStatistics[]): BleuStatistics {
  const counts = new Array<number>(maxOrder).fill(0);
  const totals = new Array<number>(maxOrder).fill(0);
  let [hypothesisLength, referenceLength] = [0, 0];
  for (const segment of segments) {
    hypothesisLength += segment.hypothesisLength;
    referenceLength += segment.referenceLength;
    for (let n = 0; n < maxOrder; n++) {
      counts[n]! += segment.counts[n]!;
      totals[n]! += segment.totals[n]!;
    }
  }
  return { hypothesisLength, referenceLength, counts, totals };
}

/**
 * The score of summed statistics, without a signature.
 *
 * @example
 * bleuFromStatistics(bleuStatistics("the cat sat on the mat", "the cat sat on the mat")).score; // → 100
 */
export function bleuFromStatistics(
  statistics: BleuStatistics,
  { smoothMethod = "exp", smoothValue, effectiveOrder = false }: BleuOptions = {},
): Omit<BleuScore, "signature"> {
  const { hypothesisLength, referenceLength } = statistics;
  const [counts, totals] = [[...statistics.counts], [...statistics.totals]];
  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions = new Array<number>(maxOrder).fill(0);
  const parts = { hypothesisLength, referenceLength, counts, totals, precisions, brevityPenalty };
  if (counts.every((count) => count === 0)) return { ...parts, score: 0 };
  const value = smoothValue ?? defaultSmoothValue[smoothMethod] ?? 0;
  let divisor = 1;
  let lastOrder = maxOrder;
  for (let n = 0; n < maxOrder; n++) {
    if (smoothMethod === "add-k" && n > 0) {
      counts[n]! += value;
      totals[n]! += value;
    }
    const total = totals[n]!;
    if (total === 0) break;
    if (effectiveOrder) lastOrder = n + 1;
    if (counts[n]! > 0) precisions[n] = (100 * counts[n]!) / total;
    else if (smoothMethod === "exp") precisions[n] = 100 / ((divisor *= 2) * total);
    else if (smoothMethod === "floor") precisions[n] = (100 * value) / total;
  }
  const logs = precisions.slice(0, lastOrder).map((precision) => Math.log(precision));
  const score = brevityPenalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / lastOrder);
  return { ...parts, score };
}

function signatureOf(references: readonly BleuReferences[], options: BleuOptions): string {
  const { smoothMethod = "exp", smoothValue = defaultSmoothValue[smoothMethod] } = options;
  const counts = new Set(references.map((entry) => asList(entry).length));
  const smooth =
    smoothMethod === "floor" || smoothMethod === "add-k"
      ? `${smoothMethod}[${(smoothValue ?? 0).toFixed(2)}]`
      : smoothMethod;
  return [
    `nrefs:${counts.size === 1 ? [...counts].join("") : "var"}`,
    `case:${options.lowercase === true ? "lc" : "mixed"}`,
    `eff:${options.effectiveOrder === true ? "yes" : "no"}`,
    "tok:13a",
    `smooth:${smooth}`,
    `version:${reproducedVersion}`,
  ].join("|");
}

/**
 * The BLEU of a corpus; each prediction has one reference or a list of them.
 *
 * @throws ResidencyError E_DATASET when the lists are empty or of different lengths.
 * @example
 * corpusBleu(["the cat sat on the mat"], ["the cat is on the mat"]).score; // → 37.99
 */
export function corpusBleu(
  predictions: readonly string[],
  references: readonly BleuReferences[],
  options: BleuOptions = {},
): BleuScore {
  if (predictions.length === 0 || predictions.length !== references.length) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot take BLEU of ${predictions.length} predictions and references for ${references.length}: give as many of ` +
        "both, at least one",
    );
  }
  const segments = predictions.map((text, row) => bleuStatistics(text, references[row]!, options));
  return {
    ...bleuFromStatistics(sumBleuStatistics(segments), options),
    signature: signatureOf(references, options),
  };
}

/**
 * The BLEU of one sentence, over the orders that it is long enough for, as sacreBLEU's `sentence_bleu`.
 *
 * @example
 * sentenceBleu("the cat sat on the mat", "the cat sat on the mat").score; // → 100
 */
export function sentenceBleu(
  prediction: string,
  references: BleuReferences,
  options: BleuOptions = {},
): BleuScore {
  return corpusBleu([prediction], [references], { effectiveOrder: true, ...options });
}

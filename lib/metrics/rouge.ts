/** ROUGE (Lin, 2004) with the tokens, the stemmer and the counting of the Python package rouge_score. */
import { ResidencyError } from "../errors.ts";
import { porterStem } from "./porter-stemmer.ts";
import { countItems, nGrams, overlap } from "./words.ts";

/** Precision, recall and their harmonic mean, each 0 to 1. */
export interface RougeScore {
  precision: number;
  recall: number;
  fmeasure: number;
}

/** Words in common (1), pairs of words (2), the longest common subsequence (L), the same line by line (Lsum). */
export interface RougeScores {
  rouge1: RougeScore;
  rouge2: RougeScore;
  rougeL: RougeScore;
  rougeLsum: RougeScore;
}

/** Options of {@link rouge}. */
export interface RougeOptions {
  /** Compares the Porter stems of words longer than three letters; default false. */
  useStemmer?: boolean;
}

/** Lower-case runs of a to z and 0 to 9; other letters part words, as they do in rouge_score. */
function tokenize(text: string, useStemmer: boolean): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return useStemmer ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : words;
}

function score(common: number, predicted: number, expected: number): RougeScore {
  const precision = common / Math.max(predicted, 1);
  const recall = common / Math.max(expected, 1);
  const sum = precision + recall;
  return { precision, recall, fmeasure: sum > 0 ? (2 * precision * recall) / sum : 0 };
}

function nGramScore(prediction: readonly string[], reference: readonly string[], order: number): RougeScore {
  const [predicted, expected] = [nGrams(prediction, order), nGrams(reference, order)];
  const common = overlap(countItems(predicted), countItems(expected));
  return score(common, predicted.length, expected.length);
}

/** Lengths of longest common subsequences of all prefixes: entry `i * (b.length + 1) + j` is for i and j words. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      lengths[at] =
        a[i - 1] === b[j - 1]
          ? lengths[at - width - 1]! + 1
          : Math.max(lengths[at - width]!, lengths[at - 1]!);
    }
  }
  return lengths;
}

/** The length alone, in the memory of one row. */
function longestCommonLength(a: readonly string[], b: readonly string[]): number {
  const row = new Uint32Array(b.length + 1);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}

/** The places in `reference` of one longest common subsequence; of equal ones, that which rouge_score picks. */
function commonPlaces(reference: readonly string[], prediction: readonly string[]): number[] {
  const lengths = commonLengths(reference, prediction);
  const width = prediction.length + 1;
  const places: number[] = [];
  let [i, j] = [reference.length, prediction.length];
  while (i > 0 && j > 0) {
    if (reference[i - 1] === prediction[j - 1]) {
      places.push(i - 1);
      i--;
      j--;
    } else if (lengths[i * width + j - 1]! > lengths[(i - 1) * width + j]!) j--;
    else i--;
  }
  return places;
}

/** Section 3.2 of the paper, with ROUGE-1.5.5's rule that a word counts at most as often as either text has it. */
function summaryScore(prediction: string, reference: string, useStemmer: boolean): RougeScore {
  const lines = (text: string): string[][] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => tokenize(line, useStemmer));
  const [predicted, expected] = [lines(prediction), lines(reference)];
  const predictedLeft = countItems(predicted.flat());
  const expectedLeft = countItems(expected.flat());
  let hits = 0;
  for (const line of expected) {
    const union = new Set(predicted.flatMap((candidate) => commonPlaces(line, candidate)));
    for (const place of [...union].sort((a, b) => a - b)) {
      const word = line[place]!;
      const [inPrediction, inReference] = [predictedLeft.get(word) ?? 0, expectedLeft.get(word) ?? 0];
      if (inPrediction === 0 || inReference === 0) continue;
      hits++;
      predictedLeft.set(word, inPrediction - 1);
      expectedLeft.set(word, inReference - 1);
    }
  }
  return score(hits, predicted.flat().length, expected.flat().length);
}

/**
 * The ROUGE scores of one prediction; for `rougeLsum`, sentences are lines.
 *
 * @example
 * rouge("testing", "testing one two").rouge1; // → { precision: 1, recall: 0.333…, fmeasure: 0.5 }
 */
export function rouge(
  prediction: string,
  reference: string,
  { useStemmer = false }: RougeOptions = {},
): RougeScores {
  const predicted = tokenize(prediction, useStemmer);
  const expected = tokenize(reference, useStemmer);
  return {
    rouge1: nGramScore(predicted, expected, 1),
    rouge2: nGramScore(predicted, expected, 2),
    rougeL: score(longestCommonLength(predicted, expected), predicted.length, expected.length),
    rougeLsum: summaryScore(prediction, reference, useStemmer),
  };
}

/**
 * The mean of {@link rouge} over a corpus.
 *
 * @throws ResidencyError E_DATASET when the lists are empty or of different lengths.
 * @example
 * meanRouge(["pneumonia", "sepsis"], ["pneumonia", "stroke"]).rouge1.fmeasure; // → 0.5
 */
export function meanRouge(
  predictions: readonly string[],
  references: readonly string[],
  options: RougeOptions = {},
): RougeScores {
  if (predictions.length === 0 || predictions.length !== references.length) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot take ROUGE of ${predictions.length} predictions and ${references.length} references: give as many of ` +
        "both, at least one",
    );
  }
  const all = predictions.map((prediction, row) => rouge(prediction, references[row]!, options));
  const mean = (kind: keyof RougeScores, part: keyof RougeScore): number =>
    all.reduce((sum, scores) => sum + scores[kind][part], 0) / all.length;
  const meanOf = (kind: keyof RougeScores): RougeScore => ({
    precision: mean(kind, "precision"),
    recall: mean(kind, "recall"),
    fmeasure: mean(kind, "fmeasure"),
  });
  return {
    rouge1: meanOf("rouge1"),
    rouge2: meanOf("rouge2"),
    rougeL: meanOf("rougeL"),
    rougeLsum: meanOf("rougeLsum"),
  };
}

/** Processors for sampling: they divide by the temperature or drop improbable tokens, as transformers' warpers do. */
import type { LogitsProcessor } from "../../nn/index.ts";
import { countFitting, kthLargest, largestIndices } from "./selection.ts";
import { entropyOf, logSumExp, softmax } from "./softmax.ts";

/** What all that drop tokens take: how many of the best always stay (beams need more than one); 1 when left out. */
export interface WarperOptions {
  minTokensToKeep?: number;
}

/**
 * `score / temperature` (TemperatureLogitsWarper).
 *
 * @example
 * const scores = new Float32Array([1, 2]);
 * temperatureWarper(0.5)(scores, []);
 * scores; // → [2, 4]
 */
export function temperatureWarper(temperature: number): LogitsProcessor {
  const divisor = Math.fround(temperature);
  return (scores) => {
    for (let token = 0; token < scores.length; token++) scores[token] = scores[token]! / divisor;
  };
}

/**
 * Drops `score < k-th largest score`; ties of the k-th stay (TopKLogitsWarper).
 *
 * @example
 * const scores = new Float32Array([1, 3, 2]);
 * topKWarper(1)(scores, []);
 * scores; // → [-Infinity, 3, -Infinity]
 */
export function topKWarper(topK: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  return (scores) => {
    const kept = Math.max(topK, minTokensToKeep);
    if (kept >= scores.length) return;
    const bound = kthLargest(scores, kept);
    for (let token = 0; token < scores.length; token++) {
      if (scores[token]! < bound) scores[token] = -Infinity;
    }
  };
}

/** The tokens that no earlier processor has dropped. */
function tokensLeft(scores: Float32Array): Int32Array {
  const tokens = new Int32Array(scores.length);
  let count = 0;
  for (let token = 0; token < scores.length; token++) {
    if (scores[token] !== -Infinity) tokens[count++] = token;
  }
  return tokens.subarray(0, count);
}

/**
 * Drops the least probable tokens while they add up to no more than `1 - topP` (TopPLogitsWarper); the token that
 * crosses the threshold stays, and of equal ones that are cut the first stay.
 *
 * @example
 * const scores = new Float32Array([5, 0, 0]);
 * topPWarper(0.9)(scores, []);
 * scores; // → [5, -Infinity, -Infinity]
 */
export function topPWarper(topP: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  const budget = Math.fround(1 - topP);
  return (scores) => {
    const tokens = tokensLeft(scores);
    const dropped = countFitting({ tokens, keys: scores, masses: softmax(scores) }, (sum) => sum <= budget);
    const best =
      tokens.length - dropped < minTokensToKeep
        ? largestIndices(scores, minTokensToKeep).map((token) => [token, scores[token]!] as const)
        : [];
    for (const token of tokens.subarray(0, dropped)) scores[token] = -Infinity;
    for (const [token, score] of best) scores[token] = score;
  };
}

/** Drops tokens whose probability is below a bound that is found from the probabilities, the best ones never. */
function probabilityWarper(
  boundOf: (probabilities: Float32Array, scores: Float32Array) => number,
  minTokensToKeep: number,
): LogitsProcessor {
  return (scores) => {
    const probabilities = softmax(scores);
    const bound = boundOf(probabilities, scores);
    const kept = kthLargest(scores, Math.min(minTokensToKeep, scores.length));
    for (let token = 0; token < scores.length; token++) {
      if (probabilities[token]! < bound && scores[token]! < kept) scores[token] = -Infinity;
    }
  };
}

/**
 * Drops `p < minP · max p` (MinPLogitsWarper).
 *
 * @example
 * const scores = new Float32Array([5, 4.9, 0]);
 * minPWarper(0.1)(scores, []);
 * scores; // → [5, 4.9, -Infinity]
 */
export function minPWarper(minP: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  const share = Math.fround(minP);
  return probabilityWarper((probabilities) => {
    let largest = 0;
    for (const probability of probabilities) if (probability > largest) largest = probability;
    return Math.fround(share * largest);
  }, minTokensToKeep);
}

/**
 * Drops `p < epsilon` (EpsilonLogitsWarper; Hewitt et al., 2022).
 *
 * @example
 * const scores = new Float32Array([5, 0]);
 * epsilonWarper(0.1)(scores, []);
 * scores; // → [5, -Infinity]
 */
export function epsilonWarper(epsilon: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  const bound = Math.fround(epsilon);
  return probabilityWarper(() => bound, minTokensToKeep);
}

/**
 * Drops `p < min(epsilon, sqrt(epsilon) · exp(-entropy))` (EtaLogitsWarper; Hewitt et al., 2022).
 *
 * @example
 * const scores = new Float32Array([8, 0]);
 * etaWarper(0.1)(scores, []);
 * scores; // → [8, -Infinity]
 */
export function etaWarper(epsilon: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  return probabilityWarper(
    (_, scores) => Math.fround(Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropyOf(scores)))),
    minTokensToKeep,
  );
}

/**
 * Keeps the tokens whose information `-log p` is nearest to the entropy, until they add up to `mass`
 * (TypicalLogitsWarper; Meister et al., 2022).
 *
 * @example
 * const scores = new Float32Array([5, 0, 0]);
 * typicalWarper(0.9)(scores, []);
 * scores; // → [5, -Infinity, -Infinity]
 */
export function typicalWarper(mass: number, { minTokensToKeep = 1 }: WarperOptions = {}): LogitsProcessor {
  const wanted = Math.fround(mass);
  return (scores) => {
    const tokens = tokensLeft(scores);
    if (tokens.length === 0) return;
    const total = logSumExp(scores);
    const entropy = entropyOf(scores);
    const keys = new Float32Array(scores.length).fill(Infinity);
    for (const token of tokens) keys[token] = Math.abs(total - scores[token]! - entropy);
    const before = countFitting({ tokens, keys, masses: softmax(scores) }, (sum) => sum < wanted);
    let bound = keys[tokens[Math.min(before, tokens.length - 1)]!]!;
    if (before + 1 < minTokensToKeep) {
      bound = Math.max(
        bound,
        -kthLargest(
          keys.map((key) => -key),
          Math.min(minTokensToKeep, tokens.length),
        ),
      );
    }
    for (const token of tokens) if (keys[token]! > bound) scores[token] = -Infinity;
  };
}

/** Processors that look at the tokens so far: repetition, repeated n-grams, length. */
import type { LogitsProcessor } from "../../nn/index.ts";

/**
 * `score · penalty` where the score is below 0, else `score / penalty`, once for each token that occurred
 * (RepetitionPenaltyLogitsProcessor; Keskar et al., 2019).
 *
 * @example
 * const scores = new Float32Array([2, -2, 2]);
 * repetitionPenaltyProcessor(2)(scores, [0, 1]);
 * scores; // → [1, -4, 2]
 */
export function repetitionPenaltyProcessor(penalty: number): LogitsProcessor {
  const factor = Math.fround(penalty);
  return (scores, tokens) => {
    for (const token of new Set(tokens)) {
      const score = scores[token]!;
      scores[token] = score < 0 ? score * factor : score / factor;
    }
  };
}

/**
 * Forbids every token that would complete a sequence of `size` tokens a second time (NoRepeatNGramLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2, 3]);
 * noRepeatNGramProcessor(2)(scores, [1, 2, 1]);
 * scores; // → [1, 2, -Infinity]
 */
export function noRepeatNGramProcessor(size: number): LogitsProcessor {
  return (scores, tokens) => {
    const prefix = tokens.length - (size - 1);
    for (let start = 0; start + size <= tokens.length; start++) {
      let same = 0;
      while (same < size - 1 && tokens[start + same] === tokens[prefix + same]) same++;
      if (same === size - 1) scores[tokens[start + same]!] = -Infinity;
    }
  };
}

/**
 * Raises the end-of-text scores by `|score| · (factor^n - 1)`, n the new tokens beyond `start`
 * (ExponentialDecayLengthPenalty); a score of -Infinity stays.
 *
 * @example
 * const scores = new Float32Array([1, 1]);
 * exponentialDecayLengthProcessor([1, 2], { promptLength: 1, eosTokenIds: [0] })(scores, [7, 7, 7, 7]);
 * scores; // → [4, 1]
 */
export function exponentialDecayLengthProcessor(
  [start, factor]: readonly [number, number],
  { promptLength, eosTokenIds }: { promptLength: number; eosTokenIds: readonly number[] },
): LogitsProcessor {
  return (scores, tokens) => {
    const beyond = tokens.length - promptLength - start;
    if (beyond <= 0) return;
    for (const token of new Set(eosTokenIds)) {
      const score = scores[token]!;
      // What another setting forbids stays forbidden: -Infinity + Infinity would be NaN.
      if (score === -Infinity) continue;
      scores[token] = score + Math.fround(Math.abs(score) * Math.fround(factor ** beyond - 1));
    }
  };
}

/** Processors that forbid, force or favour named tokens. */
import type { LogitsProcessor } from "../../nn/index.ts";

/** A token sequence and what is added to the score of its last token. */
export type SequenceBias = readonly [readonly number[], number];

/** Whether the last tokens are those of a sequence without its own last. */
function isPrefixThere(sequence: readonly number[], tokens: readonly number[]): boolean {
  const offset = tokens.length - (sequence.length - 1);
  if (offset < 0) return false;
  for (let at = 0; at < sequence.length - 1; at++) if (sequence[at] !== tokens[offset + at]) return false;
  return true;
}

/**
 * `score + bias` for the last token of each sequence whose other tokens stand at the end (SequenceBiasLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2, 3]);
 * sequenceBiasProcessor([[[7, 0], 10]])(scores, [5, 7]);
 * scores; // → [11, 2, 3]
 */
export function sequenceBiasProcessor(biases: readonly SequenceBias[]): LogitsProcessor {
  return (scores, tokens) => {
    const sums = new Map<number, number>();
    for (const [sequence, bias] of biases) {
      if (!isPrefixThere(sequence, tokens)) continue;
      const last = sequence[sequence.length - 1]!;
      sums.set(last, Math.fround((sums.get(last) ?? 0) + Math.fround(bias)));
    }
    for (const [token, bias] of sums) scores[token] = scores[token]! + bias;
  };
}

/**
 * Forbids to complete any of the sequences; single end-of-text tokens are left alone (NoBadWordsLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2, 3]);
 * noBadWordsProcessor([[7, 2]], [])(scores, [5, 7]);
 * scores; // → [1, 2, -Infinity]
 */
export function noBadWordsProcessor(
  badWords: readonly (readonly number[])[],
  eosTokenIds: readonly number[],
): LogitsProcessor {
  const banned = badWords.filter((word) => word.length !== 1 || !eosTokenIds.includes(word[0]!));
  return sequenceBiasProcessor(banned.map((word) => [word, -Infinity]));
}

/**
 * Forbids tokens (SuppressTokensLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2]);
 * suppressTokensProcessor([1])(scores, []);
 * scores; // → [1, -Infinity]
 */
export function suppressTokensProcessor(suppressed: readonly number[]): LogitsProcessor {
  return (scores) => {
    // Token lists of checkpoints may name more than the vocabulary has.
    for (const token of suppressed) if (token < scores.length) scores[token] = -Infinity;
  };
}

/** Applies a processor only while there are fewer than `length` tokens. */
function below(length: number, processor: LogitsProcessor): LogitsProcessor {
  return (scores, tokens) => {
    if (tokens.length < length) processor(scores, tokens);
  };
}

/** Applies a processor only when there are exactly `length` tokens. */
function at(length: number, processor: LogitsProcessor): LogitsProcessor {
  return (scores, tokens) => {
    if (tokens.length === length) processor(scores, tokens);
  };
}

/**
 * Forbids tokens as the first new one (SuppressTokensAtBeginLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2]);
 * suppressTokensAtBeginProcessor([0], 2)(scores, [7, 7]);
 * scores; // → [-Infinity, 2]
 */
export function suppressTokensAtBeginProcessor(
  suppressed: readonly number[],
  promptLength: number,
): LogitsProcessor {
  return at(promptLength, suppressTokensProcessor(suppressed));
}

/**
 * Forbids the end of the text before `length` tokens, the prompt's among them (MinLengthLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([3, 1]);
 * minLengthProcessor(5, [0])(scores, [7, 7]);
 * scores; // → [-Infinity, 1]
 */
export function minLengthProcessor(length: number, eosTokenIds: readonly number[]): LogitsProcessor {
  return below(length, suppressTokensProcessor(eosTokenIds));
}

/**
 * Forces one of the tokens when there are exactly `length` tokens (ForcedBOS- and ForcedEOSTokenLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([1, 2, 3]);
 * forcedTokensProcessor(1, [0])(scores, [7]);
 * scores; // → [0, -Infinity, -Infinity]
 */
export function forcedTokensProcessor(length: number, forced: readonly number[]): LogitsProcessor {
  return at(length, (scores) => {
    scores.fill(-Infinity);
    for (const token of forced) scores[token] = 0;
  });
}

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/**
 * NaN becomes 0, infinities become the largest finite numbers (InfNanRemoveLogitsProcessor).
 *
 * @example
 * const scores = new Float32Array([NaN, 1]);
 * infNanRemoveProcessor(scores, []);
 * scores; // → [0, 1]
 */
export const infNanRemoveProcessor: LogitsProcessor = (scores) => {
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token]!;
    if (Number.isNaN(score)) scores[token] = 0;
    else if (!Number.isFinite(score)) scores[token] = score > 0 ? largestFloat : -largestFloat;
  }
};

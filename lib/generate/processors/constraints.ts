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

/** `score + bias` for the last token of each sequence whose other tokens stand at the end (SequenceBiasLogitsProcessor). */
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

/** Forbids to complete any of the sequences; single end-of-text tokens are left alone (NoBadWordsLogitsProcessor). */
export function noBadWordsProcessor(
  badWords: readonly (readonly number[])[],
  eosTokenIds: readonly number[],
): LogitsProcessor {
  const banned = badWords.filter((word) => word.length !== 1 || !eosTokenIds.includes(word[0]!));
  return sequenceBiasProcessor(banned.map((word) => [word, -Infinity]));
}

/** Forbids tokens (SuppressTokensLogitsProcessor). */
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

/** Forbids tokens as the first new one (SuppressTokensAtBeginLogitsProcessor). */
export function suppressTokensAtBeginProcessor(
  suppressed: readonly number[],
  promptLength: number,
): LogitsProcessor {
  return at(promptLength, suppressTokensProcessor(suppressed));
}

/** Forbids the end of the text before `length` tokens, the prompt's among them (MinLengthLogitsProcessor). */
export function minLengthProcessor(length: number, eosTokenIds: readonly number[]): LogitsProcessor {
  return below(length, suppressTokensProcessor(eosTokenIds));
}

/** Forces one of the tokens when there are exactly `length` tokens (ForcedBOS- and ForcedEOSTokenLogitsProcessor). */
export function forcedTokensProcessor(length: number, forced: readonly number[]): LogitsProcessor {
  return at(length, (scores) => {
    scores.fill(-Infinity);
    for (const token of forced) scores[token] = 0;
  });
}

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** NaN becomes 0, infinities become the largest finite numbers (InfNanRemoveLogitsProcessor). */
export const infNanRemoveProcessor: LogitsProcessor = (scores) => {
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token]!;
    if (Number.isNaN(score)) scores[token] = 0;
    else if (!Number.isFinite(score)) scores[token] = score > 0 ? largestFloat : -largestFloat;
  }
};

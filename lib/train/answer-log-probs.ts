/** The log-probabilities of whole answers under a model: all answers of a batch in one pass, without logits that are kept. */
import * as tf from "@tensorflow/tfjs-core";
import { collate, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens } from "../labels.ts";
import type { CausalLanguageModel } from "../nn/index.ts";
import { sumByRow } from "../ops/index.ts";
import type { TokenizedPair } from "./preference-rows.ts";

/** The answers of pairs as one batch: all chosen ones, then all rejected ones. */
export const pairRows = (pairs: readonly TokenizedPair[]): TokenizedRow[] => [
  ...pairs.map(({ chosen }) => chosen),
  ...pairs.map(({ rejected }) => rejected),
];

/** How many tokens of each answer are trained on. */
export const answerLengths = (rows: readonly TokenizedRow[]): number[] =>
  rows.map(({ labels }) => countTrainedTokens(labels));

/** Options of {@link answerLogProbs}. */
export interface AnswerLogProbsOptions {
  padTokenId: number;
  /** How often the tokens of each row count, one number a trained token; once when left out. */
  weights?: readonly (readonly number[])[] | undefined;
}

/** The sum over the answer's tokens of log p(token), `[B]` in nats, of each row; run inside `tf.tidy`. */
export function answerLogProbs(
  model: CausalLanguageModel,
  rows: readonly TokenizedRow[],
  { padTokenId, weights }: AnswerLogProbsOptions,
): tf.Tensor1D {
  const { logProbs, rows: owners } = model.labelLogProbs(collate(rows, padTokenId));
  return sumByRow(logProbs, {
    rows: owners,
    count: rows.length,
    ...(weights && { weights: weights.flat() }),
  });
}

/**
 * The weights of LD-DPO (Liu et al., 2024): tokens of an answer behind the length of the shorter one of its pair count `alpha`.
 * `lengths` are those of all chosen answers, then of all rejected ones.
 */
export function lengthDesensitizedWeights(lengths: readonly number[], alpha: number): number[][] {
  const pairs = lengths.length / 2;
  return lengths.map((length, row) => {
    const shared = Math.min(lengths[row % pairs]!, lengths[(row % pairs) + pairs]!);
    return Array.from({ length }, (_, at) => (at < shared ? 1 : alpha));
  });
}

/** Cuts `[2B]` numbers of pairs into those of the chosen and of the rejected answers, each `[B]`. */
export function chosenAndRejected(ofBoth: tf.Tensor1D): [chosen: tf.Tensor1D, rejected: tf.Tensor1D] {
  return tf.split(ofBoth, 2) as [tf.Tensor1D, tf.Tensor1D];
}

/** The log-probabilities of whole answers under a model: all answers of a batch in one pass, without logits that are kept. */
import * as tf from "@tensorflow/tfjs-core";
import { collate, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens, ignoreIndex } from "../labels.ts";
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

/** Sums over answers, each `[B]` in nats. */
export interface AnswerLogProbs {
  /** The tokens count as the weights say. */
  weighted: tf.Tensor1D;
  /** Each token counts once; the same tensor without weights. */
  plain: tf.Tensor1D;
}

/** The sum over the answer's tokens of log p(token) of each row, in one pass; run inside `tf.tidy`. */
export function answerLogProbs(
  model: CausalLanguageModel,
  rows: readonly TokenizedRow[],
  { padTokenId, weights }: AnswerLogProbsOptions,
): AnswerLogProbs {
  const { logProbs, rows: owners } = model.labelLogProbs(collate(rows, padTokenId));
  const plain = sumByRow(logProbs, { rows: owners, count: rows.length });
  if (!weights) return { weighted: plain, plain };
  return {
    plain,
    weighted: sumByRow(logProbs, { rows: owners, count: rows.length, weights: weights.flat() }),
  };
}

/** What losses without a reference are made of. */
export interface PairFigures {
  /** The sum of log p(token) over the chosen, and the rejected answers, each `[pairs]`, in nats. */
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
  /** How many tokens each answer has. */
  chosenLengths: readonly number[];
  rejectedLengths: readonly number[];
  /** The mean of -log p over the tokens of all chosen answers together, or of their prompts as well; a scalar in nats. */
  chosenLoss: tf.Scalar;
}

/** The figures of pairs, all in one pass; run inside `tf.tidy`. */
export function pairFigures(
  model: CausalLanguageModel,
  pairs: readonly TokenizedPair[],
  { padTokenId, lossOfPrompts }: { padTokenId: number; lossOfPrompts: boolean },
): PairFigures {
  const count = pairs.length;
  const answers = pairRows(pairs);
  const withPrompts = answers.map((row, index): TokenizedRow =>
    lossOfPrompts && index < count ? { ...row, labels: row.inputIds } : row,
  );
  const { logProbs, rows } = model.labelLogProbs(collate(withPrompts, padTokenId));
  // One number a label that is not -100, behind the first of each row: whether it belongs to the answer.
  const isAnswer = withPrompts.flatMap(({ labels }, row) =>
    labels.flatMap((label, at) =>
      at === 0 || label === ignoreIndex ? [] : [answers[row]!.labels[at] === ignoreIndex ? 0 : 1],
    ),
  );
  const sums = sumByRow(logProbs, { rows, count: answers.length, weights: isAnswer });
  const [chosen, rejected] = chosenAndRejected(sums);
  const ofChosen = rows.filter((row) => row < count).length;
  const chosenLoss = tf.neg<tf.Scalar>(tf.div(tf.sum(tf.slice(logProbs, 0, ofChosen)), ofChosen));
  const lengths = answerLengths(answers);
  return {
    ...{ chosen, rejected, chosenLoss },
    ...{ chosenLengths: lengths.slice(0, count), rejectedLengths: lengths.slice(count) },
  };
}

/** Sums over answers divided by the answers' tokens. */
export const meansOf = (sums: tf.Tensor1D, lengths: readonly number[]): tf.Tensor1D =>
  tf.div(sums, tf.tensor1d(lengths.map((length) => Math.max(1, length))));

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

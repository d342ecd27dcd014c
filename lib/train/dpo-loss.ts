/** The losses of DPO and its relatives on log-probabilities, with TRL 1.13's names and formulas. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { sortAscending } from "../ops/index.ts";
import { logSigmoid, smoothedLogistic } from "./logistic.ts";

/** The losses, by TRL's names. */
export const dpoLossTypes = [
  "sigmoid",
  "hinge",
  "ipo",
  "exo_pair",
  "nca_pair",
  "robust",
  "bco_pair",
  "sppo_hard",
  "aot",
  "aot_unpaired",
  "apo_zero",
  "apo_down",
  "discopop",
  "sft",
  "sigmoid_norm",
] as const;

/** The name of a loss. */
export type DPOLossType = (typeof dpoLossTypes)[number];

/** What the answers of a batch of pairs are worth to a model and to its reference: sums over tokens, each `[pairs]`, in nats. */
export interface PairLogProbs {
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
  refChosen: tf.Tensor1D;
  refRejected: tf.Tensor1D;
  /** The chosen answers' with every token counted once, which sft is taken of; `chosen` when left out. */
  plainChosen?: tf.Tensor1D;
  /** How many tokens each answer has, by which ipo, sigmoid_norm and sft divide; 1 each when left out. */
  chosenLengths?: readonly number[];
  rejectedLengths?: readonly number[];
}

/** How a loss is taken. */
export interface DPOLossOptions {
  lossType: DPOLossType;
  /** How strongly the model is held to its reference; the parameter τ of IPO. */
  beta: number;
  /**
   * The share of pairs whose verdict is taken to be wrong: conservative DPO for "sigmoid" (as in TRL up to 0.24; TRL 1.13 ignores
   * it there), the noise of "robust" and "aot", the ε of "exo_pair".
   */
  labelSmoothing?: number;
  /** The temperature of "discopop". */
  discopopTau?: number;
}

const square = (x: tf.Tensor): tf.Tensor => tf.mul(x, x);

/** What the formulas are made of; the log-ratios are `log p - log p_ref`, `[pairs]`. */
interface Terms extends PairLogProbs {
  chosenRatios: tf.Tensor;
  rejectedRatios: tf.Tensor;
  delta: tf.Tensor;
  /** The difference of the log-ratios, each divided by the tokens of its answer. */
  meanDelta: () => tf.Tensor;
  beta: number;
  smoothing: number;
  tau: number;
}

const formulas: Record<DPOLossType, (terms: Terms) => tf.Tensor> = {
  // Rafailov et al., 2023; with smoothing, Mitchell's conservative DPO.
  sigmoid: ({ delta, beta, smoothing }) => smoothedLogistic(tf.mul(delta, beta), smoothing),
  hinge: ({ delta, beta }) => tf.relu(tf.sub(1, tf.mul(delta, beta))),
  // Azar et al., 2023, equation 17.
  ipo: ({ meanDelta, beta }) => square(tf.sub(meanDelta(), 1 / (2 * beta))),
  // Ji et al., 2024, equation 16.
  exo_pair: ({ delta, beta, smoothing }) => {
    const x = tf.mul(delta, beta);
    const part = (signed: tf.Tensor, share: number): tf.Tensor =>
      tf.mul(tf.sigmoid(signed), tf.sub(logSigmoid(signed), Math.log(share)));
    return tf.add(part(x, 1 - smoothing), part(tf.neg(x), smoothing));
  },
  nca_pair: ({ chosenRatios, rejectedRatios, beta }) => {
    const [c, r] = [tf.mul(chosenRatios, beta), tf.mul(rejectedRatios, beta)];
    const pushed = tf.add(logSigmoid(tf.neg(c)), logSigmoid(tf.neg(r)));
    return tf.neg(tf.add(logSigmoid(c), tf.mul(pushed, 0.5)));
  },
  // Chowdhury et al., 2024.
  robust: ({ delta, beta, smoothing }) => {
    const x = tf.mul(delta, beta);
    const clean = tf.mul(logSigmoid(x), smoothing - 1);
    return tf.div(tf.add(clean, tf.mul(logSigmoid(tf.neg(x)), smoothing)), 1 - 2 * smoothing);
  },
  bco_pair: ({ chosenRatios, rejectedRatios, beta }) =>
    tf.neg(tf.add(logSigmoid(tf.mul(chosenRatios, beta)), logSigmoid(tf.mul(rejectedRatios, -beta)))),
  // Wu et al., 2024, equation 4.7 with certain verdicts.
  sppo_hard: ({ chosenRatios, rejectedRatios, beta }) =>
    tf.add(square(tf.sub(chosenRatios, 0.5 / beta)), square(tf.add(rejectedRatios, 0.5 / beta))),
  // Melnyk et al., 2024: quantile by quantile instead of pair by pair.
  aot: ({ chosen, rejected, refChosen, refRejected, beta, smoothing }) => {
    const own = sortAscending(tf.sub(chosen, rejected));
    const reference = sortAscending(tf.sub(refChosen, refRejected));
    return smoothedLogistic(tf.mul(tf.sub(own, reference), beta), smoothing);
  },
  aot_unpaired: ({ chosenRatios, rejectedRatios, beta, smoothing }) => {
    const sorted = [chosenRatios, rejectedRatios].map((ratios) => sortAscending(ratios as tf.Tensor1D));
    return smoothedLogistic(tf.mul(tf.sub(sorted[0]!, sorted[1]!), beta), smoothing);
  },
  // D'Oosterlinck et al., 2024, equations 7 and 8.
  apo_zero: ({ chosenRatios, rejectedRatios, beta }) =>
    tf.add(tf.sigmoid(tf.mul(chosenRatios, -beta)), tf.sigmoid(tf.mul(rejectedRatios, beta))),
  apo_down: ({ chosenRatios, delta, beta }) =>
    tf.add(tf.sigmoid(tf.mul(chosenRatios, beta)), tf.sigmoid(tf.mul(delta, -beta))),
  // Lu et al., 2024, equation 5.
  discopop: ({ delta, beta, tau }) => {
    const x = tf.mul(delta, beta);
    const share = tf.sigmoid(tf.div(x, tau));
    const logistic = tf.mul(tf.neg(logSigmoid(x)), tf.sub(1, share));
    return tf.add(logistic, tf.mul(tf.exp(tf.neg(x)), share));
  },
  // One mean over the tokens of the batch, the same for each of its pairs.
  sft: ({ chosen, plainChosen = chosen, chosenLengths }) => {
    const tokens = chosenLengths?.reduce((sum, length) => sum + length, 0) ?? chosen.size;
    return tf.mul(tf.onesLike(chosen), tf.div(tf.neg(tf.sum(plainChosen)), tokens));
  },
  sigmoid_norm: ({ meanDelta, beta }) => tf.neg(logSigmoid(tf.mul(meanDelta(), beta))),
};

/**
 * Passes when a loss can be taken with this smoothing.
 *
 * @throws ResidencyError E_CONFIG otherwise.
 */
export function checkLabelSmoothing(lossType: DPOLossType, labelSmoothing: number): void {
  const refuse = (allowed: string): never => {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot take the loss "${lossType}" with labelSmoothing ${labelSmoothing}: it must be ${allowed}`,
    );
  };
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) refuse("in [0, 1)");
  if (lossType === "robust" && labelSmoothing >= 0.5) refuse("below 0.5, the share of wrong verdicts");
  if (lossType === "exo_pair" && labelSmoothing === 0) refuse("above 0; its paper takes 1e-3");
}

/**
 * The loss of each pair, `[pairs]`; run inside `tf.tidy`.
 *
 * @throws ResidencyError E_CONFIG when the smoothing does not suit the loss.
 * @example
 * const policy = { chosen: tf.tensor1d([-2]), rejected: tf.tensor1d([-5]) };
 * const reference = { refChosen: tf.tensor1d([-3]), refRejected: tf.tensor1d([-4]) };
 * dpoLoss({ ...policy, ...reference }, { lossType: "sigmoid", beta: 0.1 }); // → [0.598]
 */
export function dpoLoss(logProbs: PairLogProbs, options: DPOLossOptions): tf.Tensor1D {
  const { lossType, beta, labelSmoothing = 0, discopopTau = 0.05 } = options;
  checkLabelSmoothing(lossType, labelSmoothing);
  const chosenRatios = tf.sub(logProbs.chosen, logProbs.refChosen);
  const rejectedRatios = tf.sub(logProbs.rejected, logProbs.refRejected);
  const mean = (ratios: tf.Tensor, lengths: readonly number[] | undefined): tf.Tensor =>
    lengths ? tf.div(ratios, tf.tensor1d(lengths.map((length) => Math.max(1, length)))) : ratios;
  return formulas[lossType]({
    ...logProbs,
    chosenRatios,
    rejectedRatios,
    delta: tf.sub(chosenRatios, rejectedRatios),
    meanDelta: () =>
      tf.sub(mean(chosenRatios, logProbs.chosenLengths), mean(rejectedRatios, logProbs.rejectedLengths)),
    beta,
    smoothing: labelSmoothing,
    tau: discopopTau,
  }) as tf.Tensor1D;
}

/**
 * The implicit rewards of the answers, `beta · (log p - log p_ref)`, each `[pairs]`.
 *
 * @example
 * const policy = { chosen: tf.tensor1d([-2]), rejected: tf.tensor1d([-5]) };
 * const reference = { refChosen: tf.tensor1d([-3]), refRejected: tf.tensor1d([-4]) };
 * dpoRewards({ ...policy, ...reference }, 0.1).chosen; // → [0.1]
 */
export function dpoRewards(
  { chosen, rejected, refChosen, refRejected }: PairLogProbs,
  beta: number,
): { chosen: tf.Tensor1D; rejected: tf.Tensor1D } {
  return {
    chosen: tf.mul(tf.sub(chosen, refChosen), beta),
    rejected: tf.mul(tf.sub(rejected, refRejected), beta),
  };
}

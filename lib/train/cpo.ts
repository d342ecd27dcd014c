/** CPO, and SimPO as one of its losses: preferences against no reference, beside the loss of the chosen answers. */
import * as tf from "@tensorflow/tfjs-core";
import { disableDropout } from "../nn/index.ts";
import { meansOf, pairFigures } from "./answer-log-probs.ts";
import type { CPOConfig } from "./cpo-config.ts";
import { smoothedLogistic } from "./logistic.ts";
import { PairLoop, preparePairsInTurns, type PairLoopOptions } from "./pair-loop.ts";
import type { CreateOptions } from "./prepare-data.ts";
import { rewardMetrics } from "./preference-metrics.ts";
import type { TokenizedPair } from "./preference-rows.ts";
import type { BatchLoss } from "./training-loop.ts";

/** What a CPO trainer is made of. */
export type CPOTrainerOptions = PairLoopOptions<CPOConfig>;

/** What a loss is taken of: log-probabilities of answers, or AlphaPO's rewards of them, each `[pairs]`. */
interface OfPairs {
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
}

/**
 * The loss of each pair, `[pairs]`: Xu et al., 2024 (CPO), Meng et al., 2024 (SimPO), Azar et al., 2023 (IPO); the answers'
 * log-probabilities are sums over tokens, for "simpo" and "ipo" means. Run inside `tf.tidy`.
 *
 * @example
 * const chosen = tf.tensor1d([-1]);
 * const rejected = tf.tensor1d([-2]);
 * cpoLoss({ chosen, rejected }, new CPOConfig({ lossType: "simpo", beta: 2, simpoGamma: 0.5 }));
 */
export function cpoLoss(
  { chosen, rejected }: OfPairs,
  {
    lossType,
    beta,
    simpoGamma,
    labelSmoothing,
  }: Pick<CPOConfig, "lossType" | "beta" | "simpoGamma" | "labelSmoothing">,
): tf.Tensor1D {
  const delta = tf.sub(chosen, rejected);
  switch (lossType) {
    case "sigmoid":
      return smoothedLogistic(tf.mul(delta, beta), labelSmoothing) as tf.Tensor1D;
    case "simpo":
      return smoothedLogistic(tf.sub(tf.mul(delta, beta), simpoGamma), labelSmoothing) as tf.Tensor1D;
    case "hinge":
      return tf.relu<tf.Tensor1D>(tf.sub(1, tf.mul(delta, beta)));
    case "ipo":
      return tf.square<tf.Tensor1D>(tf.sub(delta, 1 / (2 * beta)));
  }
}

/**
 * Trains on pairs of answers. The loss of a micro-batch is the mean over its pairs, and cpoAlpha times the mean over all tokens of
 * the chosen answers. The log has TRL's figures.
 *
 * @example
 * const args = new CPOConfig({ lossType: "simpo", cpoAlpha: 0, perDeviceTrainBatchSize: 1, maxSteps: 2 });
 * await new CPOTrainer({ model: peft, tokenizer, trainDataset: pairs, args }).train();
 */
export class CPOTrainer extends PairLoop<CPOConfig> {
  /**
   * Makes a trainer as the constructor does, and lets other work of the process go on meanwhile: for data sets that take long to
   * tokenize.
   *
   * @throws ResidencyError as the constructor does; E_INTERRUPTED once the signal is aborted.
   * @example
   * const stop = new AbortController();
   * const args = new CPOConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
   * const trainer = await CPOTrainer.create({ model: peft, tokenizer, trainDataset: pairs, args }, { signal: stop.signal });
   */
  static async create(options: CPOTrainerOptions, { signal }: CreateOptions = {}): Promise<CPOTrainer> {
    return new CPOTrainer(options, await preparePairsInTurns(options, { signal }));
  }

  protected summedLoss(pairs: readonly TokenizedPair[]): BatchLoss {
    const { lossType, beta, alpha, cpoAlpha } = this.args;
    if (this.args.disableDropout) disableDropout(this.model.root);
    return tf.tidy(() => {
      const options = { padTokenId: this.padTokenId, lossOfPrompts: false };
      const figures = pairFigures(this.model, pairs, options);
      const isMean = lossType === "ipo" || lossType === "simpo";
      const of = (sums: tf.Tensor1D, lengths: readonly number[]): tf.Tensor1D =>
        isMean ? meansOf(sums, lengths) : sums;
      const chosen = of(figures.chosen, figures.chosenLengths);
      const rejected = of(figures.rejected, figures.rejectedLengths);
      // AlphaPO: (1 - p^-alpha) / alpha, which becomes log p as alpha goes to 0.
      const rewarded = (logProbs: tf.Tensor1D): tf.Tensor1D =>
        alpha === 0 ? logProbs : tf.div(tf.sub(1, tf.exp(tf.mul(logProbs, -alpha))), alpha);
      const answers = { chosen: rewarded(chosen), rejected: rewarded(rejected) };
      const preference = tf.sum(cpoLoss(answers, this.args));
      const nll = tf.mul(figures.chosenLoss, pairs.length);
      const rewards = {
        chosen: tf.mul<tf.Tensor1D>(answers.chosen, beta),
        rejected: tf.mul<tf.Tensor1D>(answers.rejected, beta),
      };
      return {
        sum: (cpoAlpha === 0 ? preference : tf.add(preference, tf.mul(nll, cpoAlpha))) as tf.Scalar,
        metrics: {
          ...rewardMetrics(rewards, { chosen, rejected }),
          nll_loss: (cpoAlpha === 0 ? tf.zerosLike(nll) : nll) as tf.Scalar,
        },
      };
    });
  }
}

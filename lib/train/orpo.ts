/** ORPO: fine-tuning on chosen answers that keeps away from the rejected ones by their odds; no reference is needed. */
import * as tf from "@tensorflow/tfjs-core";
import { disableDropout } from "../nn/index.ts";
import { log1mexp } from "../ops/index.ts";
import { meansOf, pairFigures } from "./answer-log-probs.ts";
import { logSigmoid } from "./logistic.ts";
import type { ORPOConfig } from "./orpo-config.ts";
import { PairLoop, preparePairsInTurns, type PairLoopOptions } from "./pair-loop.ts";
import type { CreateOptions } from "./prepare-data.ts";
import { rewardMetrics } from "./preference-metrics.ts";
import type { TokenizedPair } from "./preference-rows.ts";
import type { BatchLoss } from "./training-loop.ts";

/** What an ORPO trainer is made of. */
export type ORPOTrainerOptions = PairLoopOptions<ORPOConfig>;

/**
 * The log of how much greater the odds of the chosen answer are, `log odds(p) - log odds(q)` with odds(p) = p / (1 - p), of
 * log-probabilities a token (Hong et al., 2024, equation 4); each `[pairs]`. Run inside `tf.tidy`.
 *
 * @example
 * logOddsRatio(tf.tensor1d([-0.5]), tf.tensor1d([-1])); // 0.97
 */
export function logOddsRatio(chosen: tf.Tensor1D, rejected: tf.Tensor1D): tf.Tensor1D {
  const odds = (logProbs: tf.Tensor1D): tf.Tensor => tf.sub(logProbs, log1mexp(logProbs));
  return tf.sub(odds(chosen), odds(rejected));
}

/**
 * Trains on pairs of answers. The loss of a micro-batch is the mean over all tokens of the chosen answers and their prompts, less
 * beta times the log-sigmoid of the log odds ratio. The log has TRL's figures.
 *
 * @example
 * const args = new ORPOConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
 * const trainer = new ORPOTrainer({ model: peft, tokenizer, trainDataset: pairs, args });
 * await trainer.train();
 */
export class ORPOTrainer extends PairLoop<ORPOConfig> {
  /**
   * Makes a trainer as the constructor does, and lets other work of the process go on meanwhile: for data sets that take long to
   * tokenize.
   *
   * @throws ResidencyError as the constructor does; E_INTERRUPTED once the signal is aborted.
   * @example
   * const stop = new AbortController();
   * const args = new ORPOConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
   * const trainer = await ORPOTrainer.create({ model: peft, tokenizer, trainDataset: pairs, args }, { signal: stop.signal });
   */
  static async create(options: ORPOTrainerOptions, { signal }: CreateOptions = {}): Promise<ORPOTrainer> {
    return new ORPOTrainer(options, await preparePairsInTurns(options, { signal }));
  }

  protected summedLoss(pairs: readonly TokenizedPair[]): BatchLoss {
    const { beta } = this.args;
    if (this.args.disableDropout) disableDropout(this.model.root);
    return tf.tidy(() => {
      const options = { padTokenId: this.padTokenId, lossOfPrompts: true };
      const figures = pairFigures(this.model, pairs, options);
      const chosen = meansOf(figures.chosen, figures.chosenLengths);
      const rejected = meansOf(figures.rejected, figures.rejectedLengths);
      const logOdds = logOddsRatio(chosen, rejected);
      const ratio = logSigmoid(logOdds);
      const nll = tf.mul(figures.chosenLoss, pairs.length);
      const rewards = {
        chosen: tf.mul<tf.Tensor1D>(chosen, beta),
        rejected: tf.mul<tf.Tensor1D>(rejected, beta),
      };
      return {
        sum: tf.sub<tf.Scalar>(nll, tf.mul(tf.sum(ratio), beta)),
        metrics: {
          ...rewardMetrics(rewards, { chosen, rejected }),
          nll_loss: nll as tf.Scalar,
          log_odds_ratio: tf.sum<tf.Scalar>(ratio),
          log_odds_chosen: tf.sum<tf.Scalar>(logOdds),
        },
      };
    });
  }
}

/** Direct preference optimisation: a model learns to prefer the better of two answers more than its reference does. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { disableDropout, type CausalLanguageModel } from "../nn/index.ts";
import { endInterruptedGradient } from "../ops/index.ts";
import { ensureBackend } from "../tensor/index.ts";
import {
  answerLengths,
  answerLogProbs,
  chosenAndRejected,
  lengthDesensitizedWeights,
  pairRows,
  type AnswerLogProbs,
} from "./answer-log-probs.ts";
import type { DPOConfig } from "./dpo-config.ts";
import { dpoLoss, dpoRewards, type PairLogProbs } from "./dpo-loss.ts";
import { PairLoop, preparePairsInTurns, type PairLoopOptions } from "./pair-loop.ts";
import type { CreateOptions, PreparedData } from "./prepare-data.ts";
import { precomputeReference, type PairReference } from "./precomputed-reference.ts";
import { rewardMetrics } from "./preference-metrics.ts";
import type { TokenizedPair, TokenizedPairs } from "./preference-rows.ts";
import { checkReference, referencePolicy, type ReferencePolicy } from "./reference-policy.ts";
import type { BatchLoss, TrainingLoop } from "./training-loop.ts";

/** What a DPO trainer is made of. */
export interface DPOTrainerOptions extends PairLoopOptions<DPOConfig> {
  /** A frozen model to measure against; when left out, the trained model as it was at the start (see the class). */
  refModel?: CausalLanguageModel | undefined;
}

/** Refuses a training without a reference, before rows are tokenized for it. */
function checkDPOReference({ model, refModel, args }: DPOTrainerOptions): void {
  const { referenceFree, precomputeRefLogProbs: precompute } = args;
  if (!referenceFree) checkReference({ model, refModel, precompute });
}

/**
 * Trains on pairs of answers. The loss is a mean over pairs; micro-batches count pairs. The chosen and the rejected answers go
 * through the model in one pass, and the reference's pass comes before it, without gradients.
 *
 * Without refModel, a model with a fresh adapter is measured against itself with the adapter off, one with an adapter that was
 * trained before against that adapter; a model without an adapter needs refModel or precomputeRefLogProbs.
 *
 * The log has TRL's figures, each a mean over pairs: rewards/chosen, rewards/rejected, rewards/accuracies, rewards/margins,
 * logps/chosen, logps/rejected.
 *
 * @example
 * const args = new DPOConfig({ beta: 0.1, perDeviceTrainBatchSize: 1, maxSteps: 2 });
 * const trainer = new DPOTrainer({ model: peft, tokenizer, trainDataset: pairs, args });
 * await trainer.train();
 */
export class DPOTrainer extends PairLoop<DPOConfig> {
  readonly #refModel: CausalLanguageModel | undefined;
  readonly #precomputed = new Map<TokenizedPair, PairReference>();
  #reference: ReferencePolicy | undefined;

  /** @throws ResidencyError E_CONFIG without a reference, and as {@link PairLoop} does. */
  constructor(options: DPOTrainerOptions, prepared?: PreparedData<TokenizedPairs>) {
    checkDPOReference(options);
    const { refModel, ...rest } = options;
    super(rest, prepared);
    this.#refModel = refModel;
  }

  /**
   * Makes a trainer as the constructor does, and lets other work of the process go on meanwhile: for data sets that take long to
   * tokenize.
   *
   * @throws ResidencyError as the constructor does; E_INTERRUPTED once the signal is aborted.
   * @example
   * const stop = new AbortController();
   * const args = new DPOConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
   * const trainer = await DPOTrainer.create({ model: peft, tokenizer, trainDataset: pairs, args }, { signal: stop.signal });
   */
  static async create(options: DPOTrainerOptions, { signal }: CreateOptions = {}): Promise<DPOTrainer> {
    checkDPOReference(options);
    return new DPOTrainer(options, await preparePairsInTurns(options, { signal }));
  }

  /**
   * Runs all steps as {@link TrainingLoop.train} does; the reference is the model as it was at the first call. With
   * precomputeRefLogProbs, callbacks (`onDataPreparation`) are told how far that is, and the signal stops it between two batches;
   * the next call goes on from there.
   */
  override async train(
    ...options: Parameters<TrainingLoop<TokenizedPair>["train"]>
  ): ReturnType<TrainingLoop<TokenizedPair>["train"]> {
    await this.#begin(options[0]?.signal);
    return super.train(...options);
  }

  override async evaluate(
    ...options: Parameters<TrainingLoop<TokenizedPair>["evaluate"]>
  ): ReturnType<TrainingLoop<TokenizedPair>["evaluate"]> {
    await this.#begin();
    return super.evaluate(...options);
  }

  protected override async referenceFingerprint(): Promise<string | undefined> {
    return this.args.referenceFree ? undefined : (await this.#begin()).fingerprint;
  }

  /** Settles the reference, once and before any step, and makes its figures where they are wanted beforehand. */
  async #begin(signal?: AbortSignal): Promise<ReferencePolicy> {
    await ensureBackend();
    const { precomputeRefLogProbs, referenceFree, precomputeRefBatchSize } = this.args;
    const options = { model: this.model, refModel: this.#refModel, precompute: precomputeRefLogProbs };
    const reference = (this.#reference ??= await referencePolicy(options));
    const known = this.#precomputed;
    const { pairs } = this;
    if (!precomputeRefLogProbs || referenceFree || known.size === pairs.length) return reference;
    endInterruptedGradient();
    const work = { label: "reference log-probabilities", total: pairs.length, begun: known.size };
    await this.telling(work, (onProgress) =>
      precomputeReference(pairs, known, {
        ...{ batchSize: precomputeRefBatchSize, onProgress, signal },
        lengthOf: (pair) => this.lengthOf(pair),
        logProbs: (batch) => reference.run((model) => tf.tidy(() => this.#logProbs(model, batch).weighted)),
      }),
    );
    return reference;
  }

  /** The log-probabilities of the chosen, then of the rejected answers, `[2B]`. */
  #logProbs(model: CausalLanguageModel, pairs: readonly TokenizedPair[]): AnswerLogProbs {
    const rows = pairRows(pairs);
    const { ldAlpha } = this.args;
    const weights = ldAlpha < 1 ? lengthDesensitizedWeights(answerLengths(rows), ldAlpha) : undefined;
    return answerLogProbs(model, rows, { padTokenId: this.padTokenId, weights });
  }

  /** The reference's log-probabilities, `[2B]`. */
  protected override async prepare(pairs: readonly TokenizedPair[]): Promise<tf.Tensor[]> {
    const reference = await this.#begin();
    if (this.args.disableDropout) disableDropout(this.model.root);
    if (this.args.referenceFree) return [tf.zeros([2 * pairs.length])];
    if (this.args.precomputeRefLogProbs) {
      const values = pairs.map((pair) => this.#precomputed.get(pair)!);
      return [tf.tensor1d([...values.map(([chosen]) => chosen), ...values.map(([, rejected]) => rejected)])];
    }
    return [await reference.run((model) => tf.tidy(() => this.#logProbs(model, pairs).weighted))];
  }

  protected summedLoss(pairs: readonly TokenizedPair[], [reference]: readonly tf.Tensor[]): BatchLoss {
    const { lossType, lossWeights, beta, labelSmoothing, discopopTau } = this.args;
    if (!reference) throw new ResidencyError("E_CONFIG", "Cannot take a loss: no reference was prepared");
    return tf.tidy(() => {
      const { weighted, plain } = this.#logProbs(this.model, pairs);
      const [chosen, rejected] = chosenAndRejected(weighted);
      const [plainChosen] = chosenAndRejected(plain);
      const [refChosen, refRejected] = chosenAndRejected(reference as tf.Tensor1D);
      const logProbs: PairLogProbs = {
        ...{ chosen, rejected, refChosen, refRejected, plainChosen },
        chosenLengths: answerLengths(pairs.map((pair) => pair.chosen)),
        rejectedLengths: answerLengths(pairs.map((pair) => pair.rejected)),
      };
      const losses = lossType.map((type, index) => {
        const loss = dpoLoss(logProbs, { lossType: type, beta, labelSmoothing, discopopTau });
        return tf.mul(tf.sum(loss), lossWeights[index]!);
      });
      const metrics = rewardMetrics(dpoRewards(logProbs, beta), { chosen, rejected });
      return { sum: tf.addN(losses) as tf.Scalar, metrics };
    });
  }
}

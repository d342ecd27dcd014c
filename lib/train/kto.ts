/** KTO: a model learns from single answers that are good or bad, by how far it is from its reference (Ethayarajh et al., 2024). */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { disableDropout, type CausalLanguageModel } from "../nn/index.ts";
import { ensureBackend } from "../tensor/index.ts";
import { answerLogProbs } from "./answer-log-probs.ts";
import type { KTOConfig } from "./kto-config.ts";
import { prepareKTORows, type KTORow, type TokenizedKTORow, type TokenizedKTORows } from "./kto-rows.ts";
import type { RowCounts } from "./lints.ts";
import { lintPreferences } from "./preference-lints.ts";
import {
  prepareData,
  prepareDataInTurns,
  type CreateOptions,
  type PreparedData,
  type PrepareRows,
} from "./prepare-data.ts";
import type { PreferenceTokenizer } from "./preference-rows.ts";
import { checkReference, referencePolicy, type ReferencePolicy } from "./reference-policy.ts";
import { refuseSetting } from "./settings.ts";
import { TrainingLoop, type BatchLoss, type TrainingLoopOptions } from "./training-loop.ts";
import type { TrainingWarning } from "./warnings.ts";

/** What a KTO trainer is made of. */
export interface KTOTrainerOptions extends Omit<
  TrainingLoopOptions<TokenizedKTORow>,
  "args" | "trainDataset" | "evalDataset"
> {
  args: KTOConfig;
  tokenizer: PreferenceTokenizer;
  /** A frozen model to measure against; when left out, the trained model as it was at the start, as with DPO. */
  refModel?: CausalLanguageModel | undefined;
  trainDataset: Iterable<KTORow>;
  evalDataset?: Iterable<KTORow> | undefined;
}

/** What answers are worth to a model and to its reference, and how far the two are apart. */
export interface KTOLogProbs {
  /** Sums of log p(token) over answers, each `[B]`, in nats. */
  logProbs: tf.Tensor1D;
  refLogProbs: tf.Tensor1D;
  /** An estimate of the divergence between the model and the reference, at least 0, in nats; 0 for "apo_zero_unpaired". */
  kl: tf.Scalar;
}

/**
 * The loss of each answer, `[B]`: 1 - σ(β(r - kl)) of a good one and 1 - σ(β(kl - r)) of a bad one, r being the log-ratio of model
 * and reference, times its weight; equation 7 of the paper, or of APO (D'Oosterlinck et al., 2024). Run inside `tf.tidy`.
 *
 * @example
 * const logProbs = tf.tensor1d([-3, -4]);
 * const refLogProbs = tf.tensor1d([-3, -4]);
 * ktoLoss({ logProbs, refLogProbs, kl: tf.scalar(0) }, [true, false], new KTOConfig()); // → [0.5, 0.5]
 */
export function ktoLoss(
  { logProbs, refLogProbs, kl }: KTOLogProbs,
  labels: readonly boolean[],
  {
    beta,
    desirableWeight,
    undesirableWeight,
  }: Pick<KTOConfig, "beta" | "desirableWeight" | "undesirableWeight">,
): tf.Tensor1D {
  const sign = tf.tensor1d(labels.map((label) => (label ? 1 : -1)));
  const weight = tf.tensor1d(labels.map((label) => (label ? desirableWeight : undesirableWeight)));
  const gain = tf.mul(tf.mul(sign, tf.sub(tf.sub(logProbs, refLogProbs), kl)), beta);
  return tf.mul(weight, tf.sub(1, tf.sigmoid(gain)));
}

/** Refuses settings that KTO cannot train with, before rows are tokenized. */
function checkKTO({ model, refModel, args }: KTOTrainerOptions): void {
  checkReference({ model, refModel, precompute: false });
  const { lossType, perDeviceTrainBatchSize: rows } = args;
  if (lossType === "kto" && rows < 2)
    refuseSetting("perDeviceTrainBatchSize", rows, "at least 2 for KTO's divergence");
}

function preparationOf({ tokenizer, args }: KTOTrainerOptions): PrepareRows<KTORow, TokenizedKTORows> {
  const { maxLength, maxPromptLength, truncationMode } = args;
  return (rows, set) =>
    prepareKTORows(rows, tokenizer, {
      ...{ maxLength, maxPromptLength, truncationMode },
      batchSize: set === "train" ? args.perDeviceTrainBatchSize : args.perDeviceEvalBatchSize,
    });
}

/**
 * Trains on single answers with a verdict; the loss is a mean over answers. Each micro-batch estimates the divergence from the
 * reference by answers behind prompts of other rows, so that it needs at least two rows. The log has TRL's figures.
 *
 * @example
 * const rows = [{ prompt: "Q: …", completion: " Yes.", label: true }, { prompt: "Q: …", completion: " No.", label: false }];
 * const args = new KTOConfig({ perDeviceTrainBatchSize: 2, maxSteps: 2 });
 * await new KTOTrainer({ model: peft, tokenizer, trainDataset: rows, args }).train();
 */
export class KTOTrainer extends TrainingLoop<TokenizedKTORow> {
  declare readonly args: KTOConfig;
  /** How many training rows were left out because their prompt leaves no room for an answer. */
  readonly droppedRows: number;
  /** How many training rows were, with their answer, longer than maxLength. */
  readonly cutRows: number;
  /** How many training rows have a token that reaches over the border of prompt and answer. */
  readonly mismatchedRows: number;
  readonly #counts: RowCounts;
  readonly #eosTokenId: number | undefined;
  readonly #padTokenId: number;
  readonly #refModel: CausalLanguageModel | undefined;
  #beginning: Promise<ReferencePolicy> | undefined;

  /**
   * Tokenizes all rows before it returns; callbacks and a terminal are told how far it is. What {@link KTOTrainer.create} has
   * tokenized in pieces is the second argument.
   *
   * @throws ResidencyError E_CONFIG without a reference, or for a micro-batch of one row; E_DATASET for rows of other fields, or when
   * none is usable; E_TOKENIZER when the tokenizer names no end-of-text token, or has no chat template for messages.
   */
  constructor(options: KTOTrainerOptions, prepared?: PreparedData<TokenizedKTORows>) {
    checkKTO(options);
    const { train, evaluation } = prepared ?? prepareData(options, preparationOf(options));
    const { tokenizer, refModel, ...rest } = options;
    super({ ...rest, trainDataset: train.rows, evalDataset: evaluation?.rows });
    this.#counts = train;
    this.#eosTokenId = tokenizer.eosTokenId;
    this.droppedRows = train.dropped;
    this.cutRows = train.cut;
    this.mismatchedRows = train.mismatched;
    this.#padTokenId = tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0;
    this.#refModel = refModel;
  }

  /**
   * Makes a trainer as the constructor does, and lets other work of the process go on meanwhile: for data sets that take long to
   * tokenize.
   *
   * @throws ResidencyError as the constructor does; E_INTERRUPTED once the signal is aborted.
   * @example
   * const stop = new AbortController();
   * const args = new KTOConfig({ perDeviceTrainBatchSize: 2, maxSteps: 2 });
   * const trainer = await KTOTrainer.create({ model: peft, tokenizer, trainDataset: pairs, args }, { signal: stop.signal });
   */
  static async create(options: KTOTrainerOptions, { signal }: CreateOptions = {}): Promise<KTOTrainer> {
    checkKTO(options);
    return new KTOTrainer(options, await prepareDataInTurns(options, preparationOf(options), { signal }));
  }

  /** Runs all steps as {@link TrainingLoop.train} does; the reference is the model as it is now. */
  override async train(
    ...options: Parameters<TrainingLoop<TokenizedKTORow>["train"]>
  ): ReturnType<TrainingLoop<TokenizedKTORow>["train"]> {
    await this.#begin();
    return super.train(...options);
  }

  protected itemsOf(): number {
    return 1;
  }

  protected lengthOf({ answer }: TokenizedKTORow): number {
    return answer.inputIds.length;
  }

  protected override lints(): readonly TrainingWarning[] {
    const wanted = this.trainDataset.filter(({ label }) => label).map(({ answer }) => answer);
    const counts = this.#counts;
    return lintPreferences({
      ...{ wanted, counts, model: this.model, eosTokenId: this.#eosTokenId },
      maxLength: this.args.maxLength,
    });
  }

  protected override async referenceFingerprint(): Promise<string> {
    return (await this.#begin()).fingerprint;
  }

  /** Settles the reference, once and before any step. */
  #begin(): Promise<ReferencePolicy> {
    return (this.#beginning ??= (async () => {
      await ensureBackend();
      return referencePolicy({ model: this.model, refModel: this.#refModel, precompute: false });
    })());
  }

  #logProbs(model: CausalLanguageModel, rows: readonly TokenizedKTORow[], kind: "answer" | "mismatch") {
    return answerLogProbs(
      model,
      rows.map((row) => row[kind]),
      { padTokenId: this.#padTokenId },
    ).plain;
  }

  /** The reference's log-probabilities of the answers, `[B]`, and the divergence. */
  protected override async prepare(rows: readonly TokenizedKTORow[]): Promise<tf.Tensor[]> {
    const reference = await this.#begin();
    if (this.args.disableDropout) disableDropout(this.model.root);
    const refLogProbs = await reference.run((model) => tf.tidy(() => this.#logProbs(model, rows, "answer")));
    if (this.args.lossType !== "kto") return [refLogProbs, tf.scalar(0)];
    const there = await reference.run((model) => tf.tidy(() => this.#logProbs(model, rows, "mismatch")));
    const kl = tf.tidy(() => tf.relu(tf.mean(tf.sub(this.#logProbs(this.model, rows, "mismatch"), there))));
    there.dispose();
    return [refLogProbs, kl];
  }

  protected summedLoss(rows: readonly TokenizedKTORow[], prepared: readonly tf.Tensor[]): BatchLoss {
    const [refLogProbs, kl] = prepared as [tf.Tensor1D?, tf.Scalar?];
    if (!refLogProbs || !kl)
      throw new ResidencyError("E_CONFIG", "Cannot take a loss: no reference was prepared");
    return tf.tidy(() => {
      const logProbs = this.#logProbs(this.model, rows, "answer");
      const labels = rows.map(({ label }) => label);
      const rewards = tf.mul<tf.Tensor1D>(tf.sub(logProbs, refLogProbs), this.args.beta);
      return {
        sum: tf.sum<tf.Scalar>(ktoLoss({ logProbs, refLogProbs, kl }, labels, this.args)),
        ...verdictFigures(labels, { rewards, logProbs, kl }),
      };
    });
  }
}

/** TRL's figures: means over the good and over the bad answers, and by how much the former's rewards are higher. */
function verdictFigures(
  labels: readonly boolean[],
  { rewards, logProbs, kl }: { rewards: tf.Tensor1D; logProbs: tf.Tensor1D; kl: tf.Scalar },
): Required<Pick<BatchLoss, "metrics" | "counts">> {
  const metrics: Record<string, tf.Scalar> = { kl: tf.clone(kl) };
  const counts: Record<string, number> = { kl: 1 };
  const means: tf.Scalar[] = [];
  for (const [name, wanted] of [
    ["chosen", true],
    ["rejected", false],
  ] as const) {
    const count = labels.filter((label) => label === wanted).length;
    if (count === 0) continue;
    const mask = tf.tensor1d(labels.map((label) => (label === wanted ? 1 : 0)));
    metrics[`rewards/${name}`] = tf.sum(tf.mul(rewards, mask));
    metrics[`logps/${name}`] = tf.sum(tf.mul(logProbs, mask));
    counts[`rewards/${name}`] = counts[`logps/${name}`] = count;
    means.push(tf.div(metrics[`rewards/${name}`]!, count));
  }
  const [chosen, rejected] = means;
  if (chosen && rejected) {
    metrics["rewards/margins"] = tf.sub(chosen, rejected);
    counts["rewards/margins"] = 1;
  }
  return { metrics, counts };
}

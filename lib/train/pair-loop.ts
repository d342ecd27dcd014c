/** What all kinds of training on pairs of answers have in common: the rows, and that the loss is a mean over pairs. */
import type { TrainingArguments } from "./arguments.ts";
import {
  prepareData,
  prepareDataInTurns,
  type CreateOptions,
  type PreparedData,
  type PrepareRows,
} from "./prepare-data.ts";
import { lintPreferences } from "./preference-lints.ts";
import {
  preparePairs,
  type DPORow,
  type PreferenceTokenizer,
  type TokenizedPair,
  type TokenizedPairs,
  type Truncation,
} from "./preference-rows.ts";
import { TrainingLoop, type TrainingLoopOptions } from "./training-loop.ts";
import type { RowCounts } from "./lints.ts";
import type { TrainingWarning } from "./warnings.ts";

/** What a trainer on pairs is made of. */
export interface PairLoopOptions<Args extends TrainingArguments & Truncation> extends Omit<
  TrainingLoopOptions<TokenizedPair>,
  "args" | "trainDataset" | "evalDataset"
> {
  args: Args;
  tokenizer: PreferenceTokenizer;
  trainDataset: Iterable<DPORow>;
  evalDataset?: Iterable<DPORow> | undefined;
}

const preparationOf =
  ({
    tokenizer,
    args,
  }: PairLoopOptions<TrainingArguments & Truncation>): PrepareRows<DPORow, TokenizedPairs> =>
  (rows) =>
    preparePairs(rows, tokenizer, args);

/** Tokenizes the pairs of a trainer in pieces; for its `create()`. */
export const preparePairsInTurns = (
  options: PairLoopOptions<TrainingArguments & Truncation>,
  run: CreateOptions,
): Promise<PreparedData<TokenizedPairs>> => prepareDataInTurns(options, preparationOf(options), run);

/**
 * A training loop over pairs of answers; micro-batches count pairs.
 *
 * @example
 * const args = new DPOConfig({ perDeviceTrainBatchSize: 1, maxSteps: 1 });
 * const trainer = new DPOTrainer({ model: peft, tokenizer, trainDataset: pairs, args });
 * trainer instanceof PairLoop; // → true
 */
export abstract class PairLoop<
  Args extends TrainingArguments & Truncation,
> extends TrainingLoop<TokenizedPair> {
  declare readonly args: Args;
  /** How many training rows were left out because their prompt leaves no room for an answer. */
  readonly droppedRows: number;
  /** How many training rows have an answer that, with its prompt, was longer than maxLength. */
  readonly cutRows: number;
  /** How many training rows have a token that reaches over the border of prompt and answer. */
  readonly mismatchedRows: number;
  readonly #counts: RowCounts;
  readonly #eosTokenId: number | undefined;
  protected readonly padTokenId: number;
  /** Those that are trained and those that are evaluated on. */
  protected readonly pairs: readonly TokenizedPair[];

  /**
   * Tokenizes all rows before it returns; callbacks and a terminal are told how far it is. What `create()` has tokenized in pieces
   * is the second argument.
   *
   * @throws ResidencyError E_DATASET for rows that are no pairs, or when none is usable; E_TOKENIZER when the tokenizer names no
   * end-of-text token, or has no chat template for messages; E_CONFIG when nothing is trainable.
   */
  constructor(
    options: PairLoopOptions<Args>,
    { train, evaluation }: PreparedData<TokenizedPairs> = prepareData(options, preparationOf(options)),
  ) {
    const { tokenizer, ...rest } = options;
    super({ ...rest, trainDataset: train.pairs, evalDataset: evaluation?.pairs });
    this.#counts = train;
    this.#eosTokenId = tokenizer.eosTokenId;
    this.droppedRows = train.dropped;
    this.cutRows = train.cut;
    this.mismatchedRows = train.mismatched;
    this.padTokenId = tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0;
    this.pairs = [...train.pairs, ...(evaluation?.pairs ?? [])];
  }

  protected itemsOf(): number {
    return 1;
  }

  protected lengthOf({ chosen, rejected }: TokenizedPair): number {
    return chosen.inputIds.length + rejected.inputIds.length;
  }

  protected override lints(): readonly TrainingWarning[] {
    return lintPreferences({
      ...{ wanted: this.trainDataset.map(({ chosen }) => chosen), counts: this.#counts, model: this.model },
      ...{ eosTokenId: this.#eosTokenId, maxLength: this.args.maxLength },
    });
  }
}

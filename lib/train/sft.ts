/** Supervised fine-tuning on texts, prompts with completions, and conversations, as TRL's SFTTrainer. */
import { DataCollatorForLanguageModeling, type TokenizedRow } from "../data/index.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { lintCounts, type RowCounts } from "./lints.ts";
import type { SFTConfig } from "./sft-config.ts";
import {
  prepareData,
  prepareDataInTurns,
  type CreateOptions,
  type PreparedData,
  type PrepareRows,
} from "./prepare-data.ts";
import { prepareSFTRows, type PreparedSFTRows } from "./sft-dataset.ts";
import type { SFTRow } from "./sft-rows.ts";
import { endTokenId, type SFTTokenizer } from "./tokenize-sft.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";
import type { TrainingWarning } from "./warnings.ts";

/** Makes of a row what is trained on: a whole text, or a row of one of TRL's formats. */
export type FormattingFunc<Row> = (row: Row) => string | SFTRow;

/** What an SFT trainer is made of; rows of other forms than {@link SFTRow} need a `formattingFunc`. */
export type SFTTrainerOptions<TextField extends string = "text", Row = SFTRow<TextField>> = Omit<
  TrainerOptions,
  "args" | "trainDataset" | "evalDataset" | "padTokenId"
> & {
  tokenizer: SFTTokenizer;
  args: SFTConfig<TextField>;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row>;
} & ([Row] extends [SFTRow<TextField>]
    ? { formattingFunc?: FormattingFunc<Row> }
    : { formattingFunc: FormattingFunc<Row> });

function* formatted<Row>(
  rows: Iterable<Row>,
  format: FormattingFunc<Row> | undefined,
  textField: string,
): Iterable<unknown> {
  for (const row of rows) {
    const made = format ? format(row) : row;
    yield typeof made === "string" ? { [textField]: made } : made;
  }
}

/** How the rows of a trainer are tokenized, and packed where that is asked for. */
function preparationOf<TextField extends string, Row>({
  tokenizer,
  args: config,
  formattingFunc,
}: SFTTrainerOptions<TextField, Row>): PrepareRows<Row, PreparedSFTRows> {
  const format = formattingFunc as FormattingFunc<Row> | undefined;
  return (rows, set) =>
    prepareSFTRows(formatted(rows, format, config.datasetTextField), {
      ...{ tokenizer, config },
      packing: set === "train" ? config.packing : config.evalPacking,
    });
}

/**
 * Trains on rows of text, of prompt and completion, of messages, or of tokens.
 *
 * @example
 * const args = new SFTConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
 * const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset: rows, args });
 * await trainer.train();
 */
export class SFTTrainer<TextField extends string = "text", Row = SFTRow<TextField>> extends Trainer {
  declare readonly args: SFTConfig<TextField>;
  readonly #counts: RowCounts;
  readonly #endTokenId: number | undefined;
  /** How many training rows were left out because nothing of them is trained within maxLength. */
  readonly droppedRows: number;
  /** How many training rows were longer than maxLength. */
  readonly cutRows: number;
  /** How many training rows have a token that reaches over the border of prompt and completion. */
  readonly mismatchedRows: number;

  /**
   * Tokenizes all rows before it returns; callbacks and a terminal are told how far it is. {@link SFTTrainer.create} does so in
   * pieces and can be stopped; what it has prepared is the second argument.
   *
   * @throws ResidencyError E_DATASET for a row that does not suit the settings, or when none has a token to train on; E_TOKENIZER
   * when the tokenizer lacks an end-of-text token or a chat template; E_CONFIG when nothing is trainable.
   */
  constructor(
    options: SFTTrainerOptions<TextField, Row>,
    prepared: PreparedData<PreparedSFTRows> = prepareData(options, preparationOf(options)),
  ) {
    const { tokenizer, args } = options;
    const padTokenId = tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0;
    const { paddingFree, padToMultipleOf } = args;
    const { train, evaluation } = prepared;
    super({
      dataCollator:
        paddingFree || padToMultipleOf !== undefined
          ? new DataCollatorForLanguageModeling({ padTokenId, paddingFree, padToMultipleOf })
          : undefined,
      ...options,
      trainDataset: train.rows,
      evalDataset: evaluation?.rows,
      padTokenId,
    });
    this.#counts = train.counts;
    this.#endTokenId = endTokenId(tokenizer, args);
    this.droppedRows = train.counts.dropped;
    this.cutRows = train.counts.cut;
    this.mismatchedRows = train.counts.mismatched;
  }

  /**
   * Makes a trainer as the constructor does, and lets other work of the process go on meanwhile: for data sets that take long to
   * tokenize.
   *
   * @throws ResidencyError as the constructor does; E_INTERRUPTED once the signal is aborted.
   * @example
   * const stop = new AbortController();
   * const args = new SFTConfig({ perDeviceTrainBatchSize: 1, maxSteps: 2 });
   * const trainer = await SFTTrainer.create({ model: peft, tokenizer, trainDataset: rows, args }, { signal: stop.signal });
   */
  static async create<TextField extends string = "text", Row = SFTRow<TextField>>(
    options: SFTTrainerOptions<TextField, Row>,
    { signal }: CreateOptions = {},
  ): Promise<SFTTrainer<TextField, Row>> {
    return new SFTTrainer(options, await prepareDataInTurns(options, preparationOf(options), { signal }));
  }

  /** The loss that `lossType` names; TRL's figures `mean_token_accuracy` and `entropy` are means over the trained tokens. */
  protected override summedLoss(rows: readonly TokenizedRow[]): BatchLoss {
    const lossType = this.args.lossType === "dft" ? "dft" : "nll";
    const { sum, figures } = this.model.summedLoss({
      ...this.batchOf(rows),
      lossType,
      predictionFigures: true,
    });
    return {
      sum,
      ...(figures && { metrics: { mean_token_accuracy: figures.correct, entropy: figures.entropy } }),
    };
  }

  protected override lints(): readonly TrainingWarning[] {
    return [
      ...this.lintEnds(this.#endTokenId === undefined ? [] : [this.#endTokenId], { needsEnd: true }),
      ...lintCounts(this.#counts, this.args.maxLength),
    ];
  }
}

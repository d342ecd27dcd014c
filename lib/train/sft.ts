/** Supervised fine-tuning on texts, prompts with completions, and conversations, as TRL's SFTTrainer. */
import { DataCollatorForLanguageModeling } from "../data/index.ts";
import { lintCounts, type RowCounts } from "./lints.ts";
import type { SFTConfig } from "./sft-config.ts";
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
   * @throws ResidencyError E_DATASET for a row that does not suit the settings, or when none has a token to train on; E_TOKENIZER
   * when the tokenizer lacks an end-of-text token or a chat template; E_CONFIG when nothing is trainable.
   */
  constructor(options: SFTTrainerOptions<TextField, Row>) {
    const { tokenizer, trainDataset, evalDataset, formattingFunc, ...rest } = options;
    const { args } = rest;
    const prepare = (rows: Iterable<Row>, packing: boolean): PreparedSFTRows =>
      prepareSFTRows(
        formatted(rows, formattingFunc as FormattingFunc<Row> | undefined, args.datasetTextField),
        {
          ...{ tokenizer, config: args, packing },
        },
      );
    const padTokenId = tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0;
    const { paddingFree, padToMultipleOf } = args;
    const train = prepare(trainDataset, args.packing);
    super({
      dataCollator:
        paddingFree || padToMultipleOf !== undefined
          ? new DataCollatorForLanguageModeling({ padTokenId, paddingFree, padToMultipleOf })
          : undefined,
      ...rest,
      trainDataset: train.rows,
      evalDataset: evalDataset && prepare(evalDataset, args.evalPacking).rows,
      padTokenId,
    });
    this.#counts = train.counts;
    this.#endTokenId = endTokenId(tokenizer, args);
    this.droppedRows = train.counts.dropped;
    this.cutRows = train.counts.cut;
    this.mismatchedRows = train.counts.mismatched;
  }

  protected override lints(): readonly TrainingWarning[] {
    return [
      ...this.lintEnds(this.#endTokenId === undefined ? [] : [this.#endTokenId], { needsEnd: true }),
      ...lintCounts(this.#counts, this.args.maxLength),
    ];
  }
}

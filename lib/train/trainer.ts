/** Training on tokenized rows: the mean loss of the next token, as transformers' Trainer takes it of a causal language model. */
import { collate, type Batch, type DataCollator, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens, ignoreIndex } from "../labels.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { lintCounts, lintEnds, type LabelledRow } from "./lints.ts";
import { sumOf } from "./row-loss.ts";
import { TrainingLoop, type TrainingLoopOptions } from "./training-loop.ts";
import type { TrainingWarning } from "./warnings.ts";

/** What a trainer is made of. */
export interface TrainerOptions extends TrainingLoopOptions<TokenizedRow> {
  /** The token that short rows of a batch are filled with; 0 when left out (it is masked and never trained on). */
  padTokenId?: number | undefined;
  /** Makes the batches; padding on the right with `padTokenId` when left out. */
  dataCollator?: DataCollator | undefined;
}

/** How many labels a row has, of which those behind its first token are trained on. */
interface LabelCounts {
  trained: number;
  all: number;
}

/** What a collator leaves of a row's labels; of rows that a trainer with a collator has made its own. */
const countsOfRows = new WeakMap<TokenizedRow, LabelCounts>();

const isLabel = (label: number): boolean => label !== ignoreIndex;

/** Copies of rows, each with the number of labels that it has behind the collator, which may mask some. */
function counted(rows: Iterable<TokenizedRow>, collator: DataCollator): TokenizedRow[] {
  return [...rows].map((row) => {
    const own = { ...row };
    const { labels } = collator.collate([own]);
    countsOfRows.set(own, {
      trained: sumOf(labels, countTrainedTokens),
      all: sumOf(labels, (ofRow) => ofRow.filter(isLabel).length),
    });
    return own;
  });
}

/**
 * Trains the parameters of a model that require gradients; the loss is the mean over all trained tokens of a step.
 *
 * @example
 * const trainDataset = [{ inputIds: [5, 6, 7], labels: [-100, 6, 7] }];
 * const trainer = new Trainer({ model: peft, trainDataset, args: new TrainingArguments({ maxSteps: 2, perDeviceTrainBatchSize: 1 }) });
 * const { globalStep } = await trainer.train();
 * globalStep; // → 2
 */
export class Trainer extends TrainingLoop<TokenizedRow> {
  readonly #collator: DataCollator | undefined;
  /** The pad token, where it was said. */
  readonly #padTokenId: number | undefined;

  /** @throws ResidencyError E_DATASET when no row has a token to train on; E_CONFIG when nothing is trainable. */
  constructor({ padTokenId, dataCollator, ...options }: TrainerOptions) {
    super(
      dataCollator
        ? {
            ...options,
            trainDataset: counted(options.trainDataset, dataCollator),
            evalDataset: options.evalDataset && counted(options.evalDataset, dataCollator),
          }
        : options,
    );
    this.#collator = dataCollator;
    this.#padTokenId = dataCollator?.padTokenId ?? padTokenId;
  }

  #collate(rows: readonly TokenizedRow[]): Batch {
    return this.#collator ? this.#collator.collate(rows) : collate(rows, this.#padTokenId ?? 0);
  }

  /** The rows and the labels that the collator leaves them. */
  *#labelledRows(): Iterable<LabelledRow> {
    for (const row of this.trainDataset) {
      if (!this.#collator) yield row;
      else {
        const { inputIds, labels, attentionMask } = this.#collator.collate([row]);
        yield { inputIds: inputIds.flat(), labels: labels.flat(), attentionMask: attentionMask?.flat() };
      }
    }
  }

  /** Whether the rows teach the model to end, by its own end-of-text tokens and these. */
  protected lintEnds(eosTokenIds: readonly number[], options: { needsEnd: boolean }): TrainingWarning[] {
    const tokens = {
      eosTokenIds: [...new Set([...eosTokenIds, ...this.model.eosTokenIds])],
      padTokenId: this.#padTokenId,
    };
    return lintEnds(this.#labelledRows(), tokens, options);
  }

  protected override lints(): readonly TrainingWarning[] {
    const given = this.trainDataset.length;
    const dropped = this.trainDataset.filter((row) => this.itemsOf(row) === 0).length;
    return [
      ...this.lintEnds([], { needsEnd: false }),
      ...lintCounts({ given, dropped, cut: 0, mismatched: 0, doubledBos: 0 }),
    ];
  }

  protected itemsOf(row: TokenizedRow): number {
    return countsOfRows.get(row)?.trained ?? countTrainedTokens(row.labels);
  }

  /** The labels that transformers would count: for GPT-2, the first one of a row as well. */
  protected override divisorOf(row: TokenizedRow): number {
    if (!this.model.countsFirstLabel) return this.itemsOf(row);
    return countsOfRows.get(row)?.all ?? row.labels.filter(isLabel).length;
  }

  protected lengthOf(row: TokenizedRow): number {
    return row.inputIds.length;
  }

  /** What the model is given of some rows. */
  protected batchOf(rows: readonly TokenizedRow[]): Batch & { labelSmoothing: number } {
    return { ...this.#collate(rows), labelSmoothing: this.args.labelSmoothingFactor };
  }

  protected summedLoss(rows: readonly TokenizedRow[]): BatchLoss {
    return { sum: this.model.summedLoss(this.batchOf(rows)).sum };
  }
}

/** Training on tokenized rows: the mean loss of the next token, as transformers' Trainer takes it of a causal language model. */
import { collate, type Batch, type DataCollator, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens } from "../labels.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { TrainingLoop, type TrainingLoopOptions } from "./training-loop.ts";

/** What a trainer is made of. */
export interface TrainerOptions extends TrainingLoopOptions<TokenizedRow> {
  /** The token that short rows of a batch are filled with; 0 when left out (it is masked and never trained on). */
  padTokenId?: number | undefined;
  /** Makes the batches; padding on the right with `padTokenId` when left out. */
  dataCollator?: DataCollator | undefined;
}

/** How many labels of a row a collator leaves; of rows that a trainer with a collator has made its own. */
const trainedTokens = new WeakMap<TokenizedRow, number>();

/** Copies of rows, each with the number of labels that it has behind the collator, which may mask some. */
function counted(rows: Iterable<TokenizedRow>, collator: DataCollator): TokenizedRow[] {
  return [...rows].map((row) => {
    const own = { ...row };
    const { labels } = collator.collate([own]);
    trainedTokens.set(
      own,
      labels.reduce((count, ofRow) => count + countTrainedTokens(ofRow), 0),
    );
    return own;
  });
}

/**
 * Trains the parameters of a model that require gradients; the loss is the mean over all trained tokens of a step.
 *
 * @example
 * const trainDataset = [{ inputIds: [5, 6, 7], labels: [-100, 6, 7] }];
 * const trainer = new Trainer({ model: peft, trainDataset, args: new TrainingArguments({ maxSteps: 2 }) });
 * const { globalStep } = await trainer.train();
 * globalStep; // → 2
 */
export class Trainer extends TrainingLoop<TokenizedRow> {
  readonly #collate: (rows: readonly TokenizedRow[]) => Batch;

  /** @throws ResidencyError E_DATASET when no row has a token to train on; E_CONFIG when nothing is trainable. */
  constructor({ padTokenId = 0, dataCollator, ...options }: TrainerOptions) {
    super(
      dataCollator
        ? {
            ...options,
            trainDataset: counted(options.trainDataset, dataCollator),
            evalDataset: options.evalDataset && counted(options.evalDataset, dataCollator),
          }
        : options,
    );
    this.#collate = dataCollator ? (rows) => dataCollator.collate(rows) : (rows) => collate(rows, padTokenId);
  }

  protected itemsOf(row: TokenizedRow): number {
    return trainedTokens.get(row) ?? countTrainedTokens(row.labels);
  }

  protected lengthOf(row: TokenizedRow): number {
    return row.inputIds.length;
  }

  protected summedLoss(rows: readonly TokenizedRow[]): BatchLoss {
    return { sum: this.model.summedLoss(this.#collate(rows)).sum };
  }
}

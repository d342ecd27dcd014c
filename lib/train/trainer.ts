/** Training on tokenized rows: the mean loss of the next token, as transformers' Trainer takes it of a causal language model. */
import { collate, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens } from "../labels.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { TrainingLoop, type TrainingLoopOptions } from "./training-loop.ts";

/** What a trainer is made of. */
export interface TrainerOptions extends TrainingLoopOptions<TokenizedRow> {
  /** The token that short rows of a batch are filled with; 0 when left out (it is masked and never trained on). */
  padTokenId?: number | undefined;
}

/** Trains the parameters of a model that require gradients; the loss is the mean over all trained tokens of a step. */
export class Trainer extends TrainingLoop<TokenizedRow> {
  readonly #padTokenId: number;

  /** @throws ResidencyError E_DATASET when no row has a token to train on; E_CONFIG when nothing is trainable. */
  constructor({ padTokenId = 0, ...options }: TrainerOptions) {
    super(options);
    this.#padTokenId = padTokenId;
  }

  protected itemsOf(row: TokenizedRow): number {
    return countTrainedTokens(row.labels);
  }

  protected lengthOf(row: TokenizedRow): number {
    return row.inputIds.length;
  }

  protected summedLoss(rows: readonly TokenizedRow[]): BatchLoss {
    return { sum: this.model.summedLoss(collate(rows, this.#padTokenId)).sum };
  }
}

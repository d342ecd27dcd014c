/** Data collators by the names of transformers and TRL: they make a batch of the rows that a trainer hands them. */
import { ResidencyError } from "../errors.ts";
import { ignoreIndex } from "../labels.ts";
import { collate, padLists, type Batch, type PaddingOptions, type TokenizedRow } from "./collate.ts";

/** A row as collators take it; the labels are the tokens themselves where they are left out. */
export interface CollatorRow extends Omit<TokenizedRow, "labels"> {
  labels?: readonly number[];
  /** 1 for a token of the completion, 0 for one of the prompt. */
  completionMask?: readonly number[];
}

/** Makes a batch of rows; a trainer takes one as `dataCollator`. */
export interface DataCollator {
  /** What rows are filled with, where they are. */
  readonly padTokenId?: number;
  collate(rows: readonly CollatorRow[]): Batch;
}

/** What the collators that pad have in common. */
export interface PaddingCollatorOptions extends PaddingOptions {
  /** What short rows are filled with. */
  padTokenId: number;
}

/** Options of {@link DataCollatorForLanguageModeling}. */
export interface LanguageModelingCollatorOptions extends PaddingCollatorOptions {
  /**
   * false gives transformers' collator of this name in place of TRL's: labels are the tokens with every pad token masked, so
   * that a real end of text is never learnt where the pad token is the same. true, masked models, there is not.
   */
  mlm?: false;
  /** Whether the labels of prompts are masked, as the rows' `completionMask` says; true when left out. */
  completionOnlyLoss?: boolean;
  /** Whether rows are put behind each other instead of padded. */
  paddingFree?: boolean;
}

/** Puts rows behind each other into one, with positions that start anew; the first token of each text has no label. */
function flatten(rows: readonly TokenizedRow[], options: PaddingOptions & { padTokenId: number }): Batch {
  const [inputIds, labels, positions]: [number[], number[], number[]] = [[], [], []];
  for (const row of rows) {
    row.inputIds.forEach((id, at) => {
      const position = row.positionIds?.[at] ?? at;
      inputIds.push(id);
      labels.push(position === 0 ? ignoreIndex : row.labels[at]!);
      positions.push(position);
    });
  }
  return {
    inputIds: padLists([inputIds], options.padTokenId, options),
    labels: padLists([labels], ignoreIndex, options),
    positionIds: padLists([positions], 0, options),
  };
}

/** A row whose labels are there; prompts are masked where that is asked for and the row says which tokens they are. */
function labelled({ completionMask, ...row }: CollatorRow, completionOnly: boolean): TokenizedRow {
  const labels = row.labels ?? row.inputIds;
  if (!completionOnly || !completionMask) return { ...row, labels };
  return { ...row, labels: labels.map((label, at) => (completionMask[at] === 1 ? label : ignoreIndex)) };
}

/**
 * TRL's collator of supervised fine-tuning, and transformers' for causal models by `mlm: false`.
 *
 * @example
 * const collator = new DataCollatorForLanguageModeling({ padTokenId: 0 });
 * collator.collate([{ inputIds: [1, 2, 3] }, { inputIds: [4, 5] }]).labels; // → [[1, 2, 3], [4, 5, -100]]
 */
export class DataCollatorForLanguageModeling implements DataCollator {
  readonly #options: LanguageModelingCollatorOptions;
  readonly padTokenId: number;

  /** @throws ResidencyError E_CONFIG for masked language modelling. */
  constructor(options: LanguageModelingCollatorOptions) {
    if ((options.mlm as boolean | undefined) === true) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot collate with mlm true: only causal language models are trained here; set mlm to false",
      );
    }
    this.#options = options;
    this.padTokenId = options.padTokenId;
  }

  collate(rows: readonly CollatorRow[]): Batch {
    const { padTokenId, mlm, completionOnlyLoss = true, paddingFree = false } = this.#options;
    const complete = rows.map((row): TokenizedRow => {
      if (mlm !== false) return labelled(row, completionOnlyLoss);
      return { ...row, labels: row.inputIds.map((id) => (id === padTokenId ? ignoreIndex : id)) };
    });
    return paddingFree ? flatten(complete, this.#options) : collate(complete, padTokenId, this.#options);
  }
}

/**
 * transformers' collator for rows that bring their labels, which it pads with -100; on either side.
 *
 * @example
 * const collator = new DataCollatorForSeq2Seq({ padTokenId: 0, paddingSide: "left" });
 * collator.collate([{ inputIds: [1, 2], labels: [-100, 2] }, { inputIds: [3], labels: [3] }]).labels; // → [[-100, 2], [-100, 3]]
 */
export class DataCollatorForSeq2Seq implements DataCollator {
  readonly #options: PaddingCollatorOptions;
  readonly padTokenId: number;

  constructor(options: PaddingCollatorOptions) {
    this.#options = options;
    this.padTokenId = options.padTokenId;
  }

  collate(rows: readonly CollatorRow[]): Batch {
    const complete = rows.map((row) => labelled(row, false));
    return collate(complete, this.#options.padTokenId, this.#options);
  }
}

/**
 * transformers' collator that puts all rows behind each other into one, `[1, T]`, in which no text sees another.
 *
 * @example
 * const collator = new DataCollatorWithFlattening();
 * collator.collate([{ inputIds: [1, 2] }, { inputIds: [3] }]).inputIds; // → [[1, 2, 3]]
 */
export class DataCollatorWithFlattening implements DataCollator {
  collate(rows: readonly CollatorRow[]): Batch {
    return flatten(
      rows.map((row) => labelled(row, false)),
      { padTokenId: 0 },
    );
  }
}

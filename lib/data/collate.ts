/** Tokenized rows and the padded batches made of them. */
import { ResidencyError } from "../errors.ts";
import { ignoreIndex } from "../labels.ts";

/** One tokenized row: one text, or several packed into one. */
export interface TokenizedRow {
  inputIds: readonly number[];
  /** 1 for a real token and 0 for padding; all ones when left out. */
  attentionMask?: readonly number[];
  /** The tokens themselves, -100 where no loss is taken. */
  labels: readonly number[];
  /** Of a packed row: the place of each token in its own text, from 0 at each start; no text sees another. */
  positionIds?: readonly number[];
}

/** A batch, all `[B, T]`; it has `attentionMask` where rows are texts, `positionIds` where texts are packed into rows. */
export interface Batch {
  inputIds: number[][];
  attentionMask?: number[][];
  labels: number[][];
  positionIds?: number[][];
}

/** On which side rows are filled. */
export type PaddingSide = "left" | "right";

/** How rows are filled up. */
export interface PaddingOptions {
  /** "right" when left out. */
  paddingSide?: PaddingSide | undefined;
  /** Makes the length of the batch a multiple of this; 1 when left out. */
  padToMultipleOf?: number | undefined;
}

/** Fills rows of numbers with `filler` to one length, the longest of them. */
export function padLists(
  lists: readonly (readonly number[])[],
  filler: number,
  { paddingSide = "right", padToMultipleOf = 1 }: PaddingOptions = {},
): number[][] {
  if (!(Number.isInteger(padToMultipleOf) && padToMultipleOf >= 1)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot pad with padToMultipleOf ${padToMultipleOf}: it must be a whole number of at least 1`,
    );
  }
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  const length = Math.ceil(longest / padToMultipleOf) * padToMultipleOf;
  return lists.map((list) => {
    const missing = Array<number>(length - list.length).fill(filler);
    return paddingSide === "left" ? [...missing, ...list] : [...list, ...missing];
  });
}

/**
 * The place of each token in its own text, where texts of these lengths follow each other: `[2, 3]` -> 0 1 0 1 2.
 *
 * @example
 * positionsOfLengths([2, 3]); // → [0, 1, 0, 1, 2]
 */
export const positionsOfLengths = (lengths: readonly number[]): number[] =>
  lengths.flatMap((length) => Array.from({ length }, (_, position) => position));

/**
 * Where each text of a row begins and ends (behind its last token); a row that is not packed is one text.
 *
 * @example
 * textsOf({ inputIds: [5, 6, 7], positionIds: [0, 1, 0] }); // → [{ start: 0, end: 2 }, { start: 2, end: 3 }]
 */
export function textsOf({ inputIds, positionIds }: Pick<TokenizedRow, "inputIds" | "positionIds">): {
  start: number;
  end: number;
}[] {
  const starts = positionIds
    ? positionIds.flatMap((position, at) => (at === 0 || position !== positionIds[at - 1]! + 1 ? [at] : []))
    : inputIds.map((_, at) => at).slice(0, 1);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? inputIds.length }));
}

/**
 * Pads rows to the longest of them: tokens with `padTokenId`, labels with -100, masks with 0. Where a row is packed, the
 * batch has positions in place of masks, as models read them: padding is then a text of its own.
 *
 * @throws ResidencyError E_DATASET when packed rows and rows with padding of their own come together.
 * @example
 * const batch = collate([{ inputIds: [1, 2, 3], labels: [1, 2, 3] }, { inputIds: [4], labels: [4] }], 0);
 * batch.inputIds; // → [[1, 2, 3], [4, 0, 0]]
 * batch.labels; // → [[1, 2, 3], [4, -100, -100]]
 */
export function collate(
  rows: readonly TokenizedRow[],
  padTokenId: number,
  options: PaddingOptions = {},
): Batch {
  const inputIds = padLists(
    rows.map((row) => row.inputIds),
    padTokenId,
    options,
  );
  const labels = padLists(
    rows.map((row) => row.labels),
    ignoreIndex,
    options,
  );
  if (!rows.some((row) => row.positionIds)) {
    const masks = rows.map((row) => row.attentionMask ?? row.inputIds.map(() => 1));
    return { inputIds, attentionMask: padLists(masks, 0, options), labels };
  }
  if (rows.some((row) => row.attentionMask?.includes(0))) {
    throw new ResidencyError(
      "E_DATASET",
      "Cannot make a batch of packed rows and rows with padding of their own: leave the padding out of the rows",
    );
  }
  const positions = rows.map((row) => row.positionIds ?? row.inputIds.map((_, position) => position));
  return { inputIds, labels, positionIds: padLists(positions, 0, options) };
}

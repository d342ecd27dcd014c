/** Tokenized rows and the padded batches made of them. */
import { ignoreIndex } from "../labels.ts";

/** One tokenized row. */
export interface TokenizedRow {
  inputIds: readonly number[];
  /** 1 for a real token and 0 for padding; all ones when left out. */
  attentionMask?: readonly number[];
  /** The tokens themselves, -100 where no loss is taken. */
  labels: readonly number[];
}

/** A padded batch, all `[B, T]`. */
export interface Batch {
  inputIds: number[][];
  attentionMask: number[][];
  labels: number[][];
}

/** Pads rows on the right to the longest of them: tokens with `padTokenId`, labels with -100. */
export function collate(rows: readonly TokenizedRow[], padTokenId: number): Batch {
  const length = Math.max(...rows.map((row) => row.inputIds.length));
  const padded = (values: readonly number[], filler: number): number[] => [
    ...values,
    ...Array<number>(length - values.length).fill(filler),
  ];
  return {
    inputIds: rows.map((row) => padded(row.inputIds, padTokenId)),
    attentionMask: rows.map((row) => padded(row.attentionMask ?? row.inputIds.map(() => 1), 0)),
    labels: rows.map((row) => padded(row.labels, ignoreIndex)),
  };
}

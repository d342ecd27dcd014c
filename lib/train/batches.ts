/** Tokenized rows, the order they are trained in, and the padded batches made of them. */
import type { SeededRandom } from "../random.ts";
import type { SamplingStrategy } from "./arguments.ts";
import { ignoreIndex } from "../ops/index.ts";

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

/** How many rows group_by_length sorts at a time, in batches. */
const batchesPerGroup = 50;

/** The order in which one epoch takes the rows. */
export function sampleOrder(
  lengths: readonly number[],
  { strategy, batchSize, random }: { strategy: SamplingStrategy; batchSize: number; random: SeededRandom },
): number[] {
  const rows = lengths.map((_, row) => row);
  if (strategy === "sequential") return rows;
  const shuffled = random.shuffle(rows);
  if (strategy === "random") return shuffled;
  // Rows of like length share a batch; the batches themselves come in random order.
  const batches: number[][] = [];
  const groupSize = batchSize * batchesPerGroup;
  for (let start = 0; start < shuffled.length; start += groupSize) {
    const group = shuffled.slice(start, start + groupSize).sort((a, b) => lengths[b]! - lengths[a]!);
    for (let at = 0; at < group.length; at += batchSize) batches.push(group.slice(at, at + batchSize));
  }
  const full = batches.filter((batch) => batch.length === batchSize);
  const rest = batches.filter((batch) => batch.length < batchSize);
  return [...random.shuffle(full), ...rest].flat();
}

/** How many labels of a row are trained on: those after the first that are not -100. */
export function countTrainedTokens(labels: readonly number[]): number {
  let count = 0;
  for (let t = 1; t < labels.length; t++) if (labels[t] !== ignoreIndex) count++;
  return count;
}

/** Packs tokenized texts into rows of one length in which no text sees another, by TRL's strategies. */
import { ResidencyError } from "../errors.ts";
import { ignoreIndex } from "../labels.ts";
import { positionsOfLengths, type TokenizedRow } from "./collate.ts";

/**
 * How texts are packed: best-fit decreasing that cuts what is longer than a row ("bfd") or packs the pieces ("bfd_split");
 * or one text behind the other, going on in the next row ("wrapped").
 */
export const packingStrategies = ["bfd", "bfd_split", "wrapped"] as const;

/** The name of a way to pack. */
export type PackingStrategy = (typeof packingStrategies)[number];

/** A stretch of one text: `[start, end)`. */
interface Piece {
  row: TokenizedRow;
  start: number;
  end: number;
}

const lengthOf = ({ start, end }: Piece): number => end - start;

/** The stretches of a text that is longer than a row. */
function pieces(row: TokenizedRow, seqLength: number): Piece[] {
  const count = Math.ceil(row.inputIds.length / seqLength);
  return Array.from({ length: count }, (_, index) => ({
    row,
    start: index * seqLength,
    end: Math.min(row.inputIds.length, (index + 1) * seqLength),
  }));
}

/**
 * Best-fit decreasing (Ding et al. 2024, "Fewer Truncations Improve Language Modeling"): the longest text first, each into the
 * row that it leaves the least room in; of rows with equal room the one that came to it first.
 */
function bestFitDecreasing(items: readonly Piece[], seqLength: number): Piece[][] {
  const rows: Piece[][] = [];
  const rowsByRoom = Array.from({ length: seqLength }, (): Piece[][] => []);
  for (const piece of [...items].sort((a, b) => lengthOf(b) - lengthOf(a))) {
    const length = lengthOf(piece);
    let room = length;
    while (room < seqLength && rowsByRoom[room]!.length === 0) room++;
    let row: Piece[];
    if (room < seqLength) {
      row = rowsByRoom[room]!.shift()!;
    } else {
      row = [];
      rows.push(row);
    }
    row.push(piece);
    if (room > length) rowsByRoom[room - length]!.push(row);
  }
  return rows;
}

/** One text behind the other, cut wherever a row is full. */
function wrapped(texts: readonly TokenizedRow[], seqLength: number): Piece[][] {
  const rows: Piece[][] = [];
  let room = 0;
  for (const row of texts) {
    for (let start = 0; start < row.inputIds.length;) {
      if (room === 0) {
        rows.push([]);
        room = seqLength;
      }
      const end = Math.min(row.inputIds.length, start + room);
      rows[rows.length - 1]!.push({ row, start, end });
      room -= end - start;
      start = end;
    }
  }
  return rows;
}

/** One row of stretches; the first token of each is not trained on, since nothing of its text predicts it. */
function join(parts: readonly Piece[]): TokenizedRow {
  return {
    inputIds: parts.flatMap(({ row, start, end }) => row.inputIds.slice(start, end)),
    labels: parts.flatMap(({ row, start, end }) => [ignoreIndex, ...row.labels.slice(start + 1, end)]),
    positionIds: positionsOfLengths(parts.map(lengthOf)),
  };
}

/**
 * Packs texts into rows of at most `seqLength` tokens, as TRL's pack_dataset does (over all rows, where TRL packs a
 * thousand at a time). Positions start anew with each text, by which a model knows where one ends.
 *
 * @throws ResidencyError E_CONFIG for another length or strategy; E_DATASET for a row that is packed or padded already.
 * @example
 * const rows = [[1, 2, 3], [4], [5]].map((inputIds) => ({ inputIds, labels: inputIds }));
 * packDataset(rows, 4).map((row) => row.inputIds); // → [[1, 2, 3, 4], [5]]
 */
export function packDataset(
  texts: Iterable<TokenizedRow>,
  seqLength: number,
  strategy: PackingStrategy = "bfd",
): TokenizedRow[] {
  if (!(Number.isInteger(seqLength) && seqLength >= 2)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot pack rows into ${seqLength} tokens: it must be a whole number of at least 2`,
    );
  }
  const rows = [...texts].filter((row) => row.inputIds.length > 0);
  if (rows.some((row) => row.positionIds !== undefined || row.attentionMask?.includes(0))) {
    throw new ResidencyError(
      "E_DATASET",
      "Cannot pack rows that are packed or padded already: hand over single texts without padding",
    );
  }
  switch (strategy) {
    case "bfd": {
      const cut = rows.map((row) => ({ row, start: 0, end: Math.min(seqLength, row.inputIds.length) }));
      return bestFitDecreasing(cut, seqLength).map(join);
    }
    case "bfd_split":
      return bestFitDecreasing(
        rows.flatMap((row) => pieces(row, seqLength)),
        seqLength,
      ).map(join);
    case "wrapped":
      return wrapped(rows, seqLength).map(join);
    default:
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot pack by "${String(strategy)}": the strategies are ${packingStrategies.join(", ")}`,
      );
  }
}

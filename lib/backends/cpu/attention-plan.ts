/** How a call of causal attention is cut: tiles of queries that begin where texts begin, and parts of rows that need no other part. */

/** The most queries of a tile; assembly/attention-scores.ts states the same. */
const mostQueries = 64;

/** Pieces of a long text have a multiple of so many queries. */
const unitOfPiece = 8;

/** The fewest queries of a part, so that small texts share one. */
const leastOfPart = 256;

/** How the keys that a query may see are found; assembly/attention-scores.ts states the same. */
const forms = {
  /** All keys up to its own. */
  one: 0,
  /** Those of its text, which is one run of keys. */
  runs: 1,
  /** Those with its number, wherever they are. */
  mixed: 2,
} as const;

/** Integers of a tile and of a part in {@link AttentionPlan.words}; assembly/attention-scores.ts reads them in this order. */
const wordsOf = { tile: 4, part: 5 } as const;

/** The sizes of a call. */
export interface AttentionSizes {
  batch: number;
  /** Queries of a row, the last ones of its keys. */
  length: number;
  keys: number;
}

/** The tiles and the parts of a call. */
export interface AttentionPlan {
  tiles: number;
  parts: number;
  /**
   * For each tile its row, its first query, its number of queries and the form of its row; then for each part its row, its first
   * tile, the end of its tiles, its first key and the end of its keys.
   */
  words: number[];
}

/** The form of a row of segment numbers. */
function formOf(row: Int32Array): number {
  const first = row[0]!;
  if (first !== 0 && row.every((number) => number === first)) return forms.one;
  let [before, largest] = [0, 0];
  for (const number of row) {
    // Numbers that grow cannot come back.
    if (number !== before && number !== 0 && number <= largest) return forms.mixed;
    largest = Math.max(largest, number);
    before = number;
  }
  return forms.runs;
}

/** The queries at which the texts of a row end, in order; the last is its length. */
function endsOf(row: Int32Array, { length, keys }: AttentionSizes): number[] {
  const past = keys - length;
  const ends: number[] = [];
  for (let query = 1; query < length; query++) {
    if (row[past + query] !== row[past + query - 1]) ends.push(query);
  }
  return [...ends, length];
}

/**
 * The queries at which a row's tiles end. All queries of a tile are multiplied by all keys that one of them sees, so that a tile holds whole
 * texts, or a piece of one alone.
 */
function tileEnds(textEnds: readonly number[]): number[] {
  const ends: number[] = [];
  let open = 0; // where the tile begins that further texts may join
  let start = 0;
  for (const end of textEnds) {
    if (end - open > mostQueries) {
      if (start > open) ends.push(start);
      open = start;
      if (end - start > mostQueries) {
        const pieces = Math.ceil((end - start) / mostQueries);
        const size = Math.ceil((end - start) / pieces / unitOfPiece) * unitOfPiece;
        for (let piece = start + size; piece < end; piece += size) ends.push(piece);
        ends.push(end);
        open = end;
      }
    }
    start = end;
  }
  if (start > open) ends.push(start);
  return ends;
}

/**
 * Cuts a call by its segment numbers `[1 or batch, keys]`. The cut does not depend on the number of threads, so that sums do not either.
 *
 * @example
 * planAttention(Int32Array.of(1, 1, 2), { batch: 1, length: 3, keys: 3 }).words; // → [0, 0, 3, 1, 0, 0, 1, 0, 3]
 */
export function planAttention(segments: Int32Array, sizes: AttentionSizes): AttentionPlan {
  const { batch, length, keys } = sizes;
  const past = keys - length;
  const rows = segments.length / keys;
  const tiles: number[] = [];
  const parts: number[] = [];
  for (let b = 0; b < batch; b++) {
    const row = segments.subarray((b % rows) * keys, ((b % rows) + 1) * keys);
    const form = formOf(row);
    const textEnds = form === forms.runs ? endsOf(row, sizes) : [length];
    const ends = tileEnds(textEnds);
    const isTextEnd = new Set(textEnds);
    let [start, from, firstTile] = [0, 0, tiles.length / wordsOf.tile];
    for (const end of ends) {
      tiles.push(b, start, end - start, form);
      start = end;
      const isLast = end === length;
      if (!isLast && !(isTextEnd.has(end) && end - from >= leastOfPart)) continue;
      const endTile = tiles.length / wordsOf.tile;
      parts.push(b, firstTile, endTile, from === 0 ? 0 : past + from, isLast ? keys : past + end);
      [from, firstTile] = [end, endTile];
    }
  }
  return {
    tiles: tiles.length / wordsOf.tile,
    parts: parts.length / wordsOf.part,
    words: [...tiles, ...parts],
  };
}

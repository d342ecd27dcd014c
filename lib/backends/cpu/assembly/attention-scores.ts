/** What both directions of attention share: sizes of the call, which keys a query sees, and tiles of scores. */
import { gemm } from "./gemm";
import { float, int, ptr } from "./job";
import { usesBlas } from "./scratch";
import { madd, sumLanes, tanh4 } from "./simd";
import { stairMargin, stairsInC } from "./staircase";

/** The most queries and keys of a tile. */
export const tileQueries: i32 = 64;
export const tileKeys: i32 = 256;

/** Sizes of the call, read once a chunk. */
export let length: i32 = 0;
export let keys: i32 = 0;
export let heads: i32 = 0;
export let kvHeads: i32 = 0;
export let dim: i32 = 0;
let window: i32 = 0;
export let scale: f32 = 0;
export let softcap: f32 = 0;
/** Elements from one row of the batch to the next in k and v. */
export let keyBatchStep: usize = 0;
let segments: usize = 0;
let segmentRows: i32 = 0;

/** The tiles of queries and the parts of rows of the call; attention-plan.ts of the host writes them. */
let plan: usize = 0;
export let tiles: i32 = 0;
export let parts: i32 = 0;

/** The tile that is worked on: its row of the batch, its first query, its queries, and its row's segment numbers. */
export let batch: i32 = 0;
export let q0: i32 = 0;
export let queries: i32 = 0;
/** 0 where a query sees all keys up to its own. */
export let row: usize = 0;
/** Whether numbers have to be compared, since a segment is not one run of keys as a text is among others that are packed into a row. */
export let isMixed: bool = false;

/** The part that is worked on: its tiles and its keys, which no other part's queries see. */
export let firstTile: i32 = 0;
export let endTile: i32 = 0;
export let fromKey: i32 = 0;
export let toKey: i32 = 0;

/** Reads the sizes of the job: integers from `at`, and both floats. */
export function readSizes(at: i32): void {
  length = int(at);
  keys = int(at + 1);
  heads = int(at + 2);
  kvHeads = int(at + 3);
  dim = int(at + 4);
  window = int(at + 5);
  segments = ptr(at + 6);
  segmentRows = int(at + 7);
  keyBatchStep = <usize>(int(at + 8) * kvHeads * dim);
  plan = ptr(at + 9);
  tiles = int(at + 10);
  parts = int(at + 11);
  scale = float(0);
  softcap = float(1);
}

function segmentsOf(ofBatch: i32): usize {
  return segments + ((<usize>((segmentRows == 1 ? 0 : ofBatch) * keys)) << 2);
}

/** Makes a tile the one that is worked on. */
export function openTile(index: i32): void {
  const at = plan + ((<usize>index) << 4);
  batch = load<i32>(at);
  q0 = load<i32>(at, 4);
  queries = load<i32>(at, 8);
  const form = load<i32>(at, 12);
  row = form == 0 ? 0 : segmentsOf(batch);
  isMixed = form == 2;
}

/** Makes a part the one that is worked on. */
export function openPart(index: i32): void {
  const at = plan + ((<usize>tiles) << 4) + <usize>index * 20;
  batch = load<i32>(at);
  firstTile = load<i32>(at, 4);
  endTile = load<i32>(at, 8);
  fromKey = load<i32>(at, 12);
  toKey = load<i32>(at, 16);
}

/** The same as a tile of one query, the last of its row, which has no plan; gives the first key of its segment. */
export function openLastQuery(ofBatch: i32): i32 {
  batch = ofBatch;
  q0 = 0;
  queries = 1;
  row = segmentsOf(ofBatch);
  isMixed = false;
  const own = load<i32>(row + ((keys - 1) << 2));
  if (own == 0) return keys;
  let start = keys - 1;
  while (start > 0 && load<i32>(row + ((start - 1) << 2)) == own) start--;
  for (let s = 0; s < start; s++) {
    if (load<i32>(row + (s << 2)) == own) {
      isMixed = true;
      return 0;
    }
  }
  return start;
}

/** Writes for each query of the tile the first key of its segment; one behind itself for padding, which sees nothing. */
export function findStarts(starts: usize): void {
  if (!row || isMixed) {
    memory.fill(starts, 0, queries << 2);
    return;
  }
  const first = keys - length + q0;
  const ofFirst = load<i32>(row + (first << 2));
  let start = first;
  while (start > 0 && load<i32>(row + ((start - 1) << 2)) == ofFirst) start--;
  for (let r = 0; r < queries; r++) {
    const at = row + ((first + r) << 2);
    const own = load<i32>(at);
    if (r > 0 && own != load<i32>(at - 4)) start = first + r;
    store<i32>(starts + (r << 2), own == 0 ? first + r + 1 : start);
  }
}

/** The first key that a query may see whose segment begins at `start`; those behind it in a tile see none before that either. */
export function firstKey(query: i32, start: i32): i32 {
  return window > 0 ? max(start, keys - length + query - window + 1) : start;
}

/** The end of the keys that the last query of the tile sees. */
export function endKey(): i32 {
  return keys - length + q0 + queries;
}

/** The columns [from, to) of the tile at k0 that a query may see by position and start, packed as from | to << 16. */
export function visible(query: i32, start: i32, k0: i32, count: i32): i32 {
  const position = keys - length + query;
  const to = max(0, min(count, position + 1 - k0));
  // Where it sees none of the tile, there are still columns before the stairs.
  const from = min(to, max(0, firstKey(query, start) - k0));
  return from | (to << 16);
}

/** Where the keys end that the tile's queries see: query r those before `stair + r` of the tile at k0. */
export function stairOf(k0: i32): i32 {
  return keys - length + q0 + 1 - k0;
}

/**
 * How far a row of a tile has to be 0 behind the keys that its query sees. A BLAS reads the whole tile; our own products
 * leave out what lies behind the stairs, but for what the strips of the last rows reach over them.
 */
export function clearedTo(to: i32, count: i32): i32 {
  return usesBlas() ? count : min(count, to + stairMargin);
}

/** Sets the elements [from, to) of a row to 0. */
export function clear(x: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(x + (i << 2), f32x4.splat(0));
  for (; i < to; i++) store<f32>(x + (i << 2), 0);
}

/** Replaces scores by softcap · tanh(score / softcap), in place. */
export function capRow(x: usize, count: i32): void {
  const down = f32x4.splat(1 / softcap);
  const up = f32x4.splat(softcap);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = x + (i << 2);
    v128.store(at, f32x4.mul(tanh4(f32x4.mul(v128.load(at), down)), up));
  }
  for (; i < count; i++) {
    const at = x + (i << 2);
    const t = tanh4(f32x4.mul(v128.load32_splat(at), down));
    v128.store32_lane(at, f32x4.mul(t, up), 0);
  }
}

/** Sets the scores of keys of other segments, and of padding, to -infinity. */
export function hideSegments(x: usize, from: i32, to: i32, query: i32, k0: i32): void {
  const own = load<i32>(row + ((keys - length + query) << 2));
  for (let s = from; s < to; s++) {
    const other = load<i32>(row + ((k0 + s) << 2));
    if (own == 0 || other != own) store<f32>(x + (s << 2), -Infinity);
  }
}

/** The scores `scale · q kᵀ` of a tile, `[queries, tileKeys]`, as far as the queries see the keys. */
export function scoreTile(s: usize, q: usize, k: usize, count: i32, stair: i32): void {
  const wide = heads * dim;
  const narrow = kvHeads * dim;
  gemm(false, true, queries, count, dim, scale, q, wide, k, narrow, 0, s, tileKeys, stairsInC, stair);
}

/** The exponential of -infinity is taken as 1e-38; here it becomes the 0 that it is. */
export function zeroHidden(x: usize, from: i32, to: i32, query: i32, k0: i32): void {
  const own = load<i32>(row + ((keys - length + query) << 2));
  for (let s = from; s < to; s++) {
    const other = load<i32>(row + ((k0 + s) << 2));
    if (own == 0 || other != own) store<f32>(x + (s << 2), 0);
  }
}

/** The dot product of two rows of a head. */
export function dot(a: usize, b: usize): f32 {
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= dim; i += 4) sums = madd(v128.load(a + (i << 2)), v128.load(b + (i << 2)), sums);
  let sum = sumLanes(sums);
  for (; i < dim; i++) sum += load<f32>(a + (i << 2)) * load<f32>(b + (i << 2));
  return sum;
}

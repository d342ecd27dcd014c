/** What both directions of attention share: sizes of the call, which keys a query sees, and tiles of scores. */
import { gemm } from "./gemm";
import { float, int, ptr } from "./job";
import { usesBlas } from "./scratch";
import { madd, sumLanes, tanh4 } from "./simd";
import { stairMargin, stairsInC } from "./staircase";

/** Queries and keys of a tile. */
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
  scale = float(0);
  softcap = float(1);
}

/** Whether each segment of the row that segmentsOf gave last is one run of keys, as texts are that are packed one after the other. */
export let isInRuns: bool = false;

/** The segment numbers of one row of the batch, or 0 when all its keys are real and of one segment. */
export function segmentsOf(batch: i32): usize {
  const row = segments + ((<usize>((segmentRows == 1 ? 0 : batch) * keys)) << 2);
  if (load<i32>(row) != 0 && isOneNumber(row)) return 0;
  isInRuns = true;
  let before = 0;
  let largest = 0;
  for (let s = 0; s < keys; s++) {
    const number = load<i32>(row + (s << 2));
    // Numbers that grow cannot come back.
    if (number != before && number != 0 && number <= largest) isInRuns = false;
    largest = max(largest, number);
    before = number;
  }
  return row;
}

/** Whether all keys of a row have the number of the first, as most rows' do. */
function isOneNumber(row: usize): bool {
  const first = v128.load32_splat(row);
  let s = 0;
  for (; s + 4 <= keys; s += 4) {
    if (v128.any_true(i32x4.ne(v128.load(row + (s << 2)), first))) return false;
  }
  for (; s < keys; s++) {
    if (load<i32>(row + (s << 2)) != load<i32>(row)) return false;
  }
  return true;
}

/** Writes for each query of a tile the first key of its segment; one behind itself for padding, which sees nothing. */
export function findStarts(starts: usize, row: usize, firstQuery: i32, queries: i32): void {
  if (!row || !isInRuns) {
    memory.fill(starts, 0, queries << 2);
    return;
  }
  const first = keys - length + firstQuery;
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

/** The end of the keys that the last query of a tile sees. */
export function lastKey(lastQuery: i32): i32 {
  return keys - length + lastQuery + 1;
}

/** The columns [from, to) of the tile at k0 that a query may see by position and start, packed as from | to << 16. */
export function visible(query: i32, start: i32, k0: i32, count: i32): i32 {
  const position = keys - length + query;
  const to = max(0, min(count, position + 1 - k0));
  // Where it sees none of the tile, there are still columns before the stairs.
  const from = min(to, max(0, firstKey(query, start) - k0));
  return from | (to << 16);
}

/** Where the keys end that a tile's queries see: query r of the tile at q0 those before `stair + r` of the tile at k0. */
export function stairOf(q0: i32, k0: i32): i32 {
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
export function hideSegments(x: usize, from: i32, to: i32, row: usize, query: i32, k0: i32): void {
  const own = load<i32>(row + ((keys - length + query) << 2));
  for (let s = from; s < to; s++) {
    const other = load<i32>(row + ((k0 + s) << 2));
    if (own == 0 || other != own) store<f32>(x + (s << 2), -Infinity);
  }
}

/** The scores `scale · q kᵀ` of a tile, `[queries, tileKeys]`, as far as the queries see the keys. */
export function scoreTile(s: usize, q: usize, k: usize, queries: i32, count: i32, stair: i32): void {
  const wide = heads * dim;
  const narrow = kvHeads * dim;
  gemm(false, true, queries, count, dim, scale, q, wide, k, narrow, 0, s, tileKeys, stairsInC, stair);
}

/** The exponential of -infinity is taken as 1e-38; here it becomes the 0 that it is. */
export function zeroHidden(x: usize, from: i32, to: i32, row: usize, query: i32, k0: i32): void {
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

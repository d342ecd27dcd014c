/** Causal attention over tiles of scores, so that no more than a tile is ever held (Dao et al., 2022). */
import { gemm } from "./gemm";
import { float, int, ptr } from "./job";
import { scratch } from "./scratch";
import { madd, sumLanes, tanh4 } from "./simd";
import { expRow, maxRow, scaleRow } from "./softmax";

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

/** The segment numbers of one row of the batch, or 0 when all its keys are real and of one segment. */
export function segmentsOf(batch: i32): usize {
  const row = segments + ((<usize>((segmentRows == 1 ? 0 : batch) * keys)) << 2);
  const first = load<i32>(row);
  if (first == 0) return row;
  for (let s = 1; s < keys; s++) {
    if (load<i32>(row + (s << 2)) != first) return row;
  }
  return 0;
}

/** The first key that a query at this position may see. */
function firstKey(position: i32): i32 {
  return window > 0 ? max(0, position - window + 1) : 0;
}

/** The tile of keys that the first query of a tile starts with. */
export function firstTile(firstQuery: i32): i32 {
  return (firstKey(keys - length + firstQuery) / tileKeys) * tileKeys;
}

/** The end of the keys that the last query of a tile sees. */
export function lastKey(lastQuery: i32): i32 {
  return keys - length + lastQuery + 1;
}

/** The columns [from, to) of the tile at k0 that a query may see by position, packed as from | to << 16. */
export function visible(query: i32, k0: i32, count: i32): i32 {
  const position = keys - length + query;
  const from = max(0, firstKey(position) - k0);
  const to = min(count, position + 1 - k0);
  return from >= to ? 0 : from | (to << 16);
}

/** Replaces scores by softcap · tanh(score / softcap), in place. */
export function capRow(x: usize, count: i32): void {
  const down = f32x4.splat(1 / softcap);
  const up = f32x4.splat(softcap);
  for (let i = 0; i < count; i += 4) {
    const at = x + (i << 2);
    v128.store(at, f32x4.mul(tanh4(f32x4.mul(v128.load(at), down)), up));
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

/** The scores `scale · q kᵀ` of a tile, `[queries, tileKeys]`. */
export function scoreTile(s: usize, q: usize, k: usize, queries: i32, count: i32): void {
  gemm(false, true, queries, count, dim, scale, q, heads * dim, k, kvHeads * dim, 0, s, tileKeys);
}

/** One tile of queries of one head: q, k, v -> out, logSumExp. */
export function attentionChunk(chunk: i32): void {
  readSizes(5);
  const tiles = (length + tileQueries - 1) / tileQueries;
  const q0 = (chunk % tiles) * tileQueries;
  const head = (chunk / tiles) % heads;
  const batch = chunk / (tiles * heads);
  if (length == 1) {
    attendOne(batch, head);
    return;
  }
  const queries = min(tileQueries, length - q0);
  const at = (<usize>(((batch * length + q0) * heads + head) * dim)) << 2;
  const q = ptr(0) + at;
  const out = ptr(3) + at;
  const shared = (head / (heads / kvHeads)) * dim;
  const k = ptr(1) + ((<usize>batch * keyBatchStep + shared) << 2);
  const v = ptr(2) + ((<usize>batch * keyBatchStep + shared) << 2);
  const row = segmentsOf(batch);
  const scores = scratch();
  const largest = scores + ((tileQueries * tileKeys) << 2);
  const sums = largest + (tileQueries << 2);
  const outStep = (heads * dim) << 2;
  for (let r = 0; r < queries; r++) {
    store<f32>(largest + (r << 2), -Infinity);
    store<f32>(sums + (r << 2), 0);
    memory.fill(out + r * outStep, 0, dim << 2);
  }
  const end = min(keys, lastKey(q0 + queries - 1));
  for (let k0 = firstTile(q0); k0 < end; k0 += tileKeys) {
    const count = min(tileKeys, end - k0);
    const keyStep = (<usize>(k0 * kvHeads * dim)) << 2;
    scoreTile(scores, q, k + keyStep, queries, count);
    for (let r = 0; r < queries; r++) {
      softenRow(
        scores + ((r * tileKeys) << 2),
        q0 + r,
        k0,
        count,
        row,
        largest + (r << 2),
        sums + (r << 2),
        out + r * outStep,
      );
    }
    gemm(
      false,
      false,
      queries,
      dim,
      count,
      1,
      scores,
      tileKeys,
      v + keyStep,
      kvHeads * dim,
      1,
      out,
      heads * dim,
    );
  }
  for (let r = 0; r < queries; r++) {
    const sum = load<f32>(sums + (r << 2));
    if (sum > 0) scaleRow(out + r * outStep, dim, 1 / sum);
    store<f32>(
      ptr(4) + (((batch * heads + head) * length + q0 + r) << 2),
      load<f32>(largest + (r << 2)) + Mathf.log(sum),
    );
  }
}

/** Turns one row of scores into weights against the largest score so far, and rescales what was summed before. */
function softenRow(
  x: usize,
  query: i32,
  k0: i32,
  count: i32,
  row: usize,
  largest: usize,
  sum: usize,
  out: usize,
): void {
  const range = visible(query, k0, count);
  const from = range & 0xffff;
  const to = range >> 16;
  if (softcap > 0) capRow(x, count);
  if (row) hideSegments(x, from, to, row, query, k0);
  const before = load<f32>(largest);
  const now = max<f32>(before, maxRow(x + (from << 2), to - from));
  if (now == -Infinity) {
    memory.fill(x, 0, count << 2);
    return;
  }
  const added = expRow(x + (from << 2), x + (from << 2), to - from, now);
  if (row) zeroHidden(x, from, to, row, query, k0);
  memory.fill(x, 0, from << 2);
  memory.fill(x + (to << 2), 0, (count - to) << 2);
  if (now > before && before != -Infinity) {
    const factor = Mathf.exp(before - now);
    store<f32>(sum, load<f32>(sum) * factor);
    scaleRow(out, dim, factor);
  }
  store<f32>(largest, now);
  store<f32>(sum, load<f32>(sum) + added);
}

/** The exponential of -infinity is taken as 1e-38; here it becomes the 0 that it is. */
export function zeroHidden(x: usize, from: i32, to: i32, row: usize, query: i32, k0: i32): void {
  const own = load<i32>(row + ((keys - length + query) << 2));
  for (let s = from; s < to; s++) {
    const other = load<i32>(row + ((k0 + s) << 2));
    if (own == 0 || other != own) store<f32>(x + (s << 2), 0);
  }
}

/** One new query: two passes over its keys, tile by tile, without matrix products. */
function attendOne(batch: i32, head: i32): void {
  const at = (<usize>((batch * heads + head) * dim)) << 2;
  const q = ptr(0) + at;
  const out = ptr(3) + at;
  const shared = (head / (heads / kvHeads)) * dim;
  const k = ptr(1) + ((<usize>batch * keyBatchStep + shared) << 2);
  const v = ptr(2) + ((<usize>batch * keyBatchStep + shared) << 2);
  const row = segmentsOf(batch);
  const step: usize = (kvHeads * dim) << 2;
  const scores = scratch();
  const largest = scores + (tileKeys << 2);
  const sum = largest + 4;
  store<f32>(largest, -Infinity);
  store<f32>(sum, 0);
  memory.fill(out, 0, dim << 2);
  for (let k0 = firstTile(0); k0 < keys; k0 += tileKeys) {
    const count = min(tileKeys, keys - k0);
    for (let s = 0; s < count; s++) {
      store<f32>(scores + (s << 2), dot(q, k + <usize>(k0 + s) * step) * scale);
    }
    softenRow(scores, 0, k0, count, row, largest, sum, out);
    for (let s = 0; s < count; s++) {
      const weight = load<f32>(scores + (s << 2));
      if (weight != 0) addScaled(out, v + <usize>(k0 + s) * step, weight);
    }
  }
  const total = load<f32>(sum);
  if (total > 0) scaleRow(out, dim, 1 / total);
  store<f32>(ptr(4) + ((batch * heads + head) << 2), load<f32>(largest) + Mathf.log(total));
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

function addScaled(y: usize, x: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= dim; i += 4) {
    v128.store(y + (i << 2), madd(v128.load(x + (i << 2)), by, v128.load(y + (i << 2))));
  }
  for (; i < dim; i++) {
    store<f32>(y + (i << 2), load<f32>(y + (i << 2)) + load<f32>(x + (i << 2)) * factor);
  }
}

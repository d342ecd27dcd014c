/** Causal attention over tiles of scores, so that no more than a tile is ever held (Dao et al., 2022). */
import * as tile from "./attention-scores";
import { gemm } from "./gemm";
import { ptr } from "./job";
import { scratch } from "./scratch";
import { madd } from "./simd";
import { expRow, maxRow, scaleRow } from "./softmax";
import { stairsInA } from "./staircase";

/** One tile of queries of one head: q, k, v -> out, logSumExp. */
export function attentionChunk(chunk: i32): void {
  tile.readSizes(5);
  if (tile.length == 1) {
    attendOne(chunk / tile.heads, chunk % tile.heads);
    return;
  }
  tile.openTile(chunk % tile.tiles);
  const head = chunk / tile.tiles;
  const batch = tile.batch;
  const q0 = tile.q0;
  const queries = tile.queries;
  const at = (<usize>(((batch * tile.length + q0) * tile.heads + head) * tile.dim)) << 2;
  const q = ptr(0) + at;
  const out = ptr(3) + at;
  const shared = (head / (tile.heads / tile.kvHeads)) * tile.dim;
  const k = ptr(1) + ((<usize>batch * tile.keyBatchStep + shared) << 2);
  const v = ptr(2) + ((<usize>batch * tile.keyBatchStep + shared) << 2);
  const scores = scratch();
  const largest = scores + ((tile.tileQueries * tile.tileKeys) << 2);
  const sums = largest + (tile.tileQueries << 2);
  const starts = sums + (tile.tileQueries << 2);
  tile.findStarts(starts);
  const outStep = (tile.heads * tile.dim) << 2;
  for (let r = 0; r < queries; r++) {
    store<f32>(largest + (r << 2), -Infinity);
    store<f32>(sums + (r << 2), 0);
    memory.fill(out + r * outStep, 0, tile.dim << 2);
  }
  const end = tile.endKey();
  for (let k0 = tile.firstKey(q0, load<i32>(starts)); k0 < end; k0 += tile.tileKeys) {
    const count = min(tile.tileKeys, end - k0);
    const keyStep = (<usize>(k0 * tile.kvHeads * tile.dim)) << 2;
    const stair = tile.stairOf(k0);
    tile.scoreTile(scores, q, k + keyStep, count, stair);
    for (let r = 0; r < queries; r++) {
      softenRow(
        scores + ((r * tile.tileKeys) << 2),
        q0 + r,
        load<i32>(starts + (r << 2)),
        k0,
        count,
        largest + (r << 2),
        sums + (r << 2),
        out + r * outStep,
      );
    }
    gemm(
      false,
      false,
      queries,
      tile.dim,
      count,
      1,
      scores,
      tile.tileKeys,
      v + keyStep,
      tile.kvHeads * tile.dim,
      1,
      out,
      tile.heads * tile.dim,
      stairsInA,
      stair,
    );
  }
  for (let r = 0; r < queries; r++) {
    const sum = load<f32>(sums + (r << 2));
    if (sum > 0) scaleRow(out + r * outStep, tile.dim, 1 / sum);
    store<f32>(
      ptr(4) + (((batch * tile.heads + head) * tile.length + q0 + r) << 2),
      load<f32>(largest + (r << 2)) + Mathf.log(sum),
    );
  }
}

/** Turns one row of scores into weights against the largest score so far, and rescales what was summed before. */
function softenRow(
  x: usize,
  query: i32,
  start: i32,
  k0: i32,
  count: i32,
  largest: usize,
  sum: usize,
  out: usize,
): void {
  const range = tile.visible(query, start, k0, count);
  const from = range & 0xffff;
  const to = range >> 16;
  tile.clear(x, 0, from);
  tile.clear(x, to, tile.clearedTo(to, count));
  if (tile.softcap > 0) tile.capRow(x + (from << 2), to - from);
  if (tile.isMixed) tile.hideSegments(x, from, to, query, k0);
  const before = load<f32>(largest);
  const now = max<f32>(before, maxRow(x + (from << 2), to - from));
  if (now == -Infinity) {
    tile.clear(x, from, to);
    return;
  }
  const added = expRow(x + (from << 2), x + (from << 2), to - from, now);
  if (tile.isMixed) tile.zeroHidden(x, from, to, query, k0);
  if (now > before && before != -Infinity) {
    const factor = Mathf.exp(before - now);
    store<f32>(sum, load<f32>(sum) * factor);
    scaleRow(out, tile.dim, factor);
  }
  store<f32>(largest, now);
  store<f32>(sum, load<f32>(sum) + added);
}

/** One new query: two passes over its keys, tile by tile, without matrix products. */
function attendOne(batch: i32, head: i32): void {
  const at = (<usize>((batch * tile.heads + head) * tile.dim)) << 2;
  const q = ptr(0) + at;
  const out = ptr(3) + at;
  const shared = (head / (tile.heads / tile.kvHeads)) * tile.dim;
  const k = ptr(1) + ((<usize>batch * tile.keyBatchStep + shared) << 2);
  const v = ptr(2) + ((<usize>batch * tile.keyBatchStep + shared) << 2);
  const start = tile.openLastQuery(batch);
  const step: usize = (tile.kvHeads * tile.dim) << 2;
  const scores = scratch();
  const largest = scores + (tile.tileKeys << 2);
  const sum = largest + 4;
  store<f32>(largest, -Infinity);
  store<f32>(sum, 0);
  memory.fill(out, 0, tile.dim << 2);
  for (let k0 = tile.firstKey(0, start); k0 < tile.keys; k0 += tile.tileKeys) {
    const count = min(tile.tileKeys, tile.keys - k0);
    for (let s = 0; s < count; s++) {
      store<f32>(scores + (s << 2), tile.dot(q, k + <usize>(k0 + s) * step) * tile.scale);
    }
    softenRow(scores, 0, start, k0, count, largest, sum, out);
    for (let s = 0; s < count; s++) {
      const weight = load<f32>(scores + (s << 2));
      if (weight != 0) addScaled(out, v + <usize>(k0 + s) * step, weight);
    }
  }
  const total = load<f32>(sum);
  if (total > 0) scaleRow(out, tile.dim, 1 / total);
  store<f32>(ptr(4) + ((batch * tile.heads + head) << 2), load<f32>(largest) + Mathf.log(total));
}

function addScaled(y: usize, x: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= tile.dim; i += 4) {
    v128.store(y + (i << 2), madd(v128.load(x + (i << 2)), by, v128.load(y + (i << 2))));
  }
  for (; i < tile.dim; i++) {
    store<f32>(y + (i << 2), load<f32>(y + (i << 2)) + load<f32>(x + (i << 2)) * factor);
  }
}

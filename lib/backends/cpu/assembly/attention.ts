/** Causal attention over tiles of scores, so that no more than a tile is ever held (Dao et al., 2022). */
import {
  capRow,
  dim,
  dot,
  firstTile,
  heads,
  hideSegments,
  keyBatchStep,
  keys,
  kvHeads,
  lastKey,
  length,
  readSizes,
  scale,
  scoreTile,
  segmentsOf,
  softcap,
  tileKeys,
  tileQueries,
  visible,
  zeroHidden,
} from "./attention-scores";
import { gemm } from "./gemm";
import { ptr } from "./job";
import { scratch } from "./scratch";
import { madd } from "./simd";
import { expRow, maxRow, scaleRow } from "./softmax";

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

/** The gradient of causal attention: the scores of each tile are made again from q, k and their logSumExp. */
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
import { expRow } from "./softmax";

/** One key/value head of one row: all query heads that share it, so that dk and dv have one owner. */
export function attentionGradChunk(chunk: i32): void {
  readSizes(10);
  const kvHead = chunk % kvHeads;
  const batch = chunk / kvHeads;
  const group = heads / kvHeads;
  const ofKeys = (<usize>batch * keyBatchStep + <usize>(kvHead * dim)) << 2;
  const keyStep: usize = (kvHeads * dim) << 2;
  for (let s = 0; s < keys; s++) {
    memory.fill(ptr(8) + ofKeys + <usize>s * keyStep, 0, dim << 2);
    memory.fill(ptr(9) + ofKeys + <usize>s * keyStep, 0, dim << 2);
  }
  const row = segmentsOf(batch);
  for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
    for (let q0 = 0; q0 < length; q0 += tileQueries) {
      queryTile(batch, head, q0, min(tileQueries, length - q0), ofKeys, row);
    }
  }
}

/** A tile of queries of one head against all the keys that it sees. */
function queryTile(batch: i32, head: i32, q0: i32, queries: i32, ofKeys: usize, row: usize): void {
  const scores = scratch();
  const gradients = scores + ((tileQueries * tileKeys) << 2);
  const along = gradients + ((tileQueries * tileKeys) << 2);
  const at = (<usize>(((batch * length + q0) * heads + head) * dim)) << 2;
  const dy = ptr(0) + at;
  const q = ptr(1) + at;
  const dq = ptr(7) + at;
  const step: usize = (heads * dim) << 2;
  const logSumExp = ptr(6) + (((batch * heads + head) * length + q0) << 2);
  for (let r = 0; r < queries; r++) {
    const offset = <usize>r * step;
    memory.fill(dq + offset, 0, dim << 2);
    store<f32>(along + (r << 2), dot(dy + offset, ptr(5) + at + offset));
  }
  const wide = heads * dim;
  const narrow = kvHeads * dim;
  const end = min(keys, lastKey(q0 + queries - 1));
  for (let k0 = firstTile(q0); k0 < end; k0 += tileKeys) {
    const count = min(tileKeys, end - k0);
    const ofTile = ofKeys + ((<usize>(k0 * narrow)) << 2);
    const k = ptr(2) + ofTile;
    const v = ptr(3) + ofTile;
    scoreTile(scores, q, k, queries, count);
    // gradients = dy vᵀ
    gemm(false, true, queries, count, dim, 1, dy, wide, v, narrow, 0, gradients, tileKeys);
    for (let r = 0; r < queries; r++) {
      gradientRow(
        scores + ((r * tileKeys) << 2),
        gradients + ((r * tileKeys) << 2),
        q0 + r,
        k0,
        count,
        row,
        load<f32>(logSumExp + (r << 2)),
        load<f32>(along + (r << 2)),
      );
    }
    gemm(true, false, count, dim, queries, 1, scores, tileKeys, dy, wide, 1, ptr(9) + ofTile, narrow);
    gemm(false, false, queries, dim, count, scale, gradients, tileKeys, k, narrow, 1, dq, wide);
    gemm(true, false, count, dim, queries, scale, gradients, tileKeys, q, wide, 1, ptr(8) + ofTile, narrow);
  }
}

/** Turns a row of scores into weights, and the gradients of the weights into those of the scores before scaling. */
function gradientRow(
  x: usize,
  gradient: usize,
  query: i32,
  k0: i32,
  count: i32,
  row: usize,
  logSumExp: f32,
  along: f32,
): void {
  const range = visible(query, k0, count);
  const from = range & 0xffff;
  const to = range >> 16;
  if (from >= to || logSumExp == -Infinity) {
    memory.fill(x, 0, count << 2);
    memory.fill(gradient, 0, count << 2);
    return;
  }
  if (softcap > 0) {
    capRow(x, count);
    // The slope of the cap, 1 - (capped / softcap)², goes into the gradient of the weights relative to `along`.
    slopeRow(x, gradient, count, along);
    along = 0;
  }
  if (row) hideSegments(x, from, to, row, query, k0);
  expRow(x + (from << 2), x + (from << 2), to - from, logSumExp);
  if (row) zeroHidden(x, from, to, row, query, k0);
  memory.fill(x, 0, from << 2);
  memory.fill(x + (to << 2), 0, (count - to) << 2);
  const shift = f32x4.splat(along);
  for (let i = 0; i < count; i += 4) {
    const g = gradient + (i << 2);
    v128.store(g, f32x4.mul(v128.load(x + (i << 2)), f32x4.sub(v128.load(g), shift)));
  }
}

/** gradient -> (gradient - along) · (1 - (capped / softcap)²) */
function slopeRow(capped: usize, gradient: usize, count: i32, along: f32): void {
  const down = f32x4.splat(1 / softcap);
  for (let i = 0; i < count; i += 4) {
    const t = f32x4.mul(v128.load(capped + (i << 2)), down);
    const g = gradient + (i << 2);
    const slope = madd(f32x4.neg(t), t, f32x4.splat(1));
    v128.store(g, f32x4.mul(f32x4.sub(v128.load(g), f32x4.splat(along)), slope));
  }
}

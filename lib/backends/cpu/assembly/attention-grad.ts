/** The gradient of causal attention: the scores of each tile are made again from q, k and their logSumExp. */
import * as tile from "./attention-scores";
import { gemm } from "./gemm";
import { int, ptr } from "./job";
import { scratch } from "./scratch";
import { madd } from "./simd";
import { expRow } from "./softmax";
import { stairsAcrossA, stairsInA, stairsInC } from "./staircase";

/**
 * The tiles of one part for one key/value head, with all query heads that share it, or for one query head alone, of which each of a group
 * has gradients of the keys and values of its own: these then lie behind each other, to be added up.
 */
export function attentionGradChunk(chunk: i32): void {
  tile.readSizes(10);
  const group = tile.heads / tile.kvHeads;
  const isSplit = int(22) != 0;
  tile.openPart(chunk % tile.parts);
  const unit = chunk / tile.parts;
  const kvHead = isSplit ? unit / group : unit;
  const ofKeys = (<usize>tile.batch * tile.keyBatchStep + <usize>(kvHead * tile.dim)) << 2;
  const ofMember = ((isSplit ? <usize>(unit % group) : 0) * <usize>int(23) * tile.keyBatchStep) << 2;
  const dk = ptr(8) + ofMember + ofKeys;
  const dv = ptr(9) + ofMember + ofKeys;
  const keyStep: usize = (tile.kvHeads * tile.dim) << 2;
  for (let s = tile.fromKey; s < tile.toKey; s++) {
    memory.fill(dk + <usize>s * keyStep, 0, tile.dim << 2);
    memory.fill(dv + <usize>s * keyStep, 0, tile.dim << 2);
  }
  const firstHead = isSplit ? unit : unit * group;
  const endHead = isSplit ? unit + 1 : (unit + 1) * group;
  for (let head = firstHead; head < endHead; head++) {
    for (let index = tile.firstTile; index < tile.endTile; index++) {
      tile.openTile(index);
      queryTile(head, ptr(2) + ofKeys, ptr(3) + ofKeys, dk, dv);
    }
  }
}

/** The open tile of queries of one head against all the keys that it sees. */
function queryTile(
  head: i32,
  keysOfHead: usize,
  valuesOfHead: usize,
  dkOfHead: usize,
  dvOfHead: usize,
): void {
  const queries = tile.queries;
  const scores = scratch();
  const gradients = scores + ((tile.tileQueries * tile.tileKeys) << 2);
  const along = gradients + ((tile.tileQueries * tile.tileKeys) << 2);
  const starts = along + (tile.tileQueries << 2);
  tile.findStarts(starts);
  const at = (<usize>(((tile.batch * tile.length + tile.q0) * tile.heads + head) * tile.dim)) << 2;
  const dy = ptr(0) + at;
  const q = ptr(1) + at;
  const dq = ptr(7) + at;
  const step: usize = (tile.heads * tile.dim) << 2;
  const logSumExp = ptr(6) + (((tile.batch * tile.heads + head) * tile.length + tile.q0) << 2);
  for (let r = 0; r < queries; r++) {
    const offset = <usize>r * step;
    memory.fill(dq + offset, 0, tile.dim << 2);
    store<f32>(along + (r << 2), tile.dot(dy + offset, ptr(5) + at + offset));
  }
  const wide = tile.heads * tile.dim;
  const narrow = tile.kvHeads * tile.dim;
  const across = tile.tileKeys;
  const end = tile.endKey();
  for (let k0 = tile.firstKey(tile.q0, load<i32>(starts)); k0 < end; k0 += tile.tileKeys) {
    const count = min(tile.tileKeys, end - k0);
    const ofTile = (<usize>(k0 * narrow)) << 2;
    const k = keysOfHead + ofTile;
    const v = valuesOfHead + ofTile;
    const stair = tile.stairOf(k0);
    tile.scoreTile(scores, q, k, count, stair);
    gemm(
      false,
      true,
      queries,
      count,
      tile.dim,
      1,
      dy,
      wide,
      v,
      narrow,
      0,
      gradients,
      across,
      stairsInC,
      stair,
    );
    for (let r = 0; r < queries; r++) {
      gradientRow(
        scores + ((r * tile.tileKeys) << 2),
        gradients + ((r * tile.tileKeys) << 2),
        tile.q0 + r,
        load<i32>(starts + (r << 2)),
        k0,
        count,
        load<f32>(logSumExp + (r << 2)),
        load<f32>(along + (r << 2)),
      );
    }
    const dk = dkOfHead + ofTile;
    const dv = dvOfHead + ofTile;
    gemm(
      true,
      false,
      count,
      tile.dim,
      queries,
      1,
      scores,
      across,
      dy,
      wide,
      1,
      dv,
      narrow,
      stairsAcrossA,
      stair,
    );
    gemm(
      false,
      false,
      queries,
      tile.dim,
      count,
      1,
      gradients,
      across,
      k,
      narrow,
      1,
      dq,
      wide,
      stairsInA,
      stair,
    );
    gemm(
      true,
      false,
      count,
      tile.dim,
      queries,
      1,
      gradients,
      across,
      q,
      wide,
      1,
      dk,
      narrow,
      stairsAcrossA,
      stair,
    );
  }
}

/** Turns a row of scores into weights, and the gradients of the weights into those of q kᵀ. */
function gradientRow(
  x: usize,
  gradient: usize,
  query: i32,
  start: i32,
  k0: i32,
  count: i32,
  logSumExp: f32,
  along: f32,
): void {
  const range = tile.visible(query, start, k0, count);
  const from = range & 0xffff;
  const to = range >> 16;
  const end = tile.clearedTo(to, count);
  if (from >= to || logSumExp == -Infinity) {
    tile.clear(x, 0, end);
    tile.clear(gradient, 0, end);
    return;
  }
  if (tile.softcap > 0) {
    tile.capRow(x, to);
    // The slope of the cap, 1 - (capped / softcap)², goes into the gradient of the weights relative to `along`.
    slopeRow(x, gradient, to, along);
    along = 0;
  }
  if (tile.isMixed) tile.hideSegments(x, from, to, query, k0);
  expRow(x + (from << 2), x + (from << 2), to - from, logSumExp);
  if (tile.isMixed) tile.zeroHidden(x, from, to, query, k0);
  const factor = f32x4.splat(tile.scale);
  const shift = f32x4.splat(along);
  // Whole vectors of the tile's row, so that none reaches into the next one.
  for (let i = from & ~3; i < to; i += 4) {
    const g = gradient + (i << 2);
    // The difference first: where a query sees one key, it is 0.
    const difference = f32x4.sub(v128.load(g), shift);
    v128.store(g, f32x4.mul(f32x4.mul(v128.load(x + (i << 2)), factor), difference));
  }
  // Last, since the vectors above reach over both ends.
  tile.clear(x, 0, from);
  tile.clear(x, to, end);
  tile.clear(gradient, 0, from);
  tile.clear(gradient, to, end);
}

/** gradient -> (gradient - along) · (1 - (capped / softcap)²) */
function slopeRow(capped: usize, gradient: usize, count: i32, along: f32): void {
  const down = f32x4.splat(1 / tile.softcap);
  for (let i = 0; i < count; i += 4) {
    const t = f32x4.mul(v128.load(capped + (i << 2)), down);
    const g = gradient + (i << 2);
    const slope = madd(f32x4.neg(t), t, f32x4.splat(1));
    v128.store(g, f32x4.mul(f32x4.sub(v128.load(g), f32x4.splat(along)), slope));
  }
}

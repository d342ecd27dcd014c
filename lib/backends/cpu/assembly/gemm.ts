/** Float32 matrix products of one thread: the system's BLAS where it is there, else packed micro-kernels. */
import { packColumns, packRows } from "./pack";
import { panels, usesBlas } from "./scratch";
import { depthFrom, depthTo, noStairs, widthOf } from "./staircase";
import { columns, multiplyEdge, multiplyTile, rows } from "./tile";
import { multiplyRows } from "./tile-rows";

/** `C = alpha op(A) op(B) + beta C` through the system's BLAS; the host provides it. */
declare function sgemm(
  transposeA: i32,
  transposeB: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  beta: f32,
  c: usize,
  ldc: i32,
): void;

/**
 * Extents of the blocks that are packed: both together stay in a second-level cache. The tall one of op(A) is
 * packed once a depth, the narrow ones of op(B) once for each tall one.
 */
const blockM: i32 = 264;
const blockN: i32 = 96;
const blockK: i32 = 384;

/** Tiles that read a strip at most, where it is not worth packing. */
const fewTiles: i32 = 2;

/** The extent of the blocks that cut `whole` into as few as `most` allows: nearly equal ones, each a multiple of `unit`. */
function evenly(whole: i32, most: i32, unit: i32): i32 {
  const parts = (whole + most - 1) / most;
  return (((whole + parts - 1) / parts + unit - 1) / unit) * unit;
}

/**
 * `C = alpha op(A) op(B) + beta C` with beta 0 or 1; row-major, op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`; lda, ldb and
 * ldc are the elements from one stored row to the next.
 */
export function gemm(
  transposeA: bool,
  transposeB: bool,
  m: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  beta: f32,
  c: usize,
  ldc: i32,
  form: i32 = noStairs,
  stair: i32 = 0,
): void {
  if (k == 0) {
    if (beta == 0) {
      for (let i = 0; i < m; i++) memory.fill(c + ((i * ldc) << 2), 0, n << 2);
    }
    return;
  }
  // What few tiles read is read where it lies; a BLAS packs it.
  const isNarrow = alpha == 1 && n <= fewTiles * columns;
  const readsRows = ASC_FEATURE_RELAXED_SIMD && isNarrow && !transposeA && n % columns == 0;
  if (usesBlas() && !(readsRows && k > fewTiles * columns)) {
    sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  const packedA = panels();
  const packedB = packedA + blockM * blockK * 4;
  const deep = evenly(k, blockK, 4);
  // Where the depth is small, the same memory holds taller blocks, for each of which op(B) is packed once.
  const tall = readsRows ? m : evenly(m, ((blockM * blockK) / (deep * rows)) * rows, rows);
  const readsA = isNarrow && transposeA;
  const readsB = !transposeB && m <= fewTiles * rows;
  for (let m0 = 0; m0 < m; m0 += tall) {
    const height = min(tall, m - m0);
    for (let k0 = 0; k0 < k; k0 += deep) {
      const depth = min(deep, k - k0);
      const whole = readsA || readsRows ? height - (height % rows) : 0;
      for (let i = whole; i < height; i += rows) {
        const from = depthFrom(form, stair, m0 + i, k0, depth);
        const to = depthTo(form, stair, m0 + i, k0, depth);
        const strip = packedA + (((i - whole) * depth + from * rows) << 2);
        packRows(strip, a, lda, transposeA, m0 + i, min(rows, height - i), k0 + from, to - from, alpha);
      }
      const accumulate = k0 > 0 || beta != 0;
      for (let n0 = 0; n0 < n; n0 += blockN) {
        const width = min(blockN, n - n0);
        const wholeB = readsB ? width - (width % columns) : 0;
        packColumns(
          packedB + ((wholeB * depth) << 2),
          b,
          ldb,
          transposeB,
          n0 + wholeB,
          width - wholeB,
          k0,
          depth,
        );
        for (let j = 0; j < width; j += columns) {
          const isReadB = j < wholeB;
          const stepB: usize = (isReadB ? ldb : columns) << 2;
          const stripB = isReadB ? b + ((k0 * ldb + n0 + j) << 2) : packedB + ((j * depth) << 2);
          for (let i = 0; i < height; i += rows) {
            if (j >= widthOf(form, stair, m0 + i, n0, width)) continue;
            const from = depthFrom(form, stair, m0 + i, k0, depth);
            const to = depthTo(form, stair, m0 + i, k0, depth);
            const isReadA = i < whole;
            const tileB = stripB + <usize>from * stepB;
            const tileC = c + (((m0 + i) * ldc + n0 + j) << 2);
            if (isReadA && readsRows) {
              const rowsA = a + (((m0 + i) * lda + k0 + from) << 2);
              multiplyRows(rowsA, lda << 2, tileB, stepB, to - from, accumulate, tileC, ldc << 2);
              continue;
            }
            const stepA: usize = (isReadA ? lda : rows) << 2;
            const stripA = isReadA ? a + ((k0 * lda + m0 + i) << 2) : packedA + (((i - whole) * depth) << 2);
            const tileA = stripA + <usize>from * stepA;
            if (i + rows <= height && j + columns <= width) {
              multiplyTile(tileA, stepA, tileB, stepB, to - from, accumulate, tileC, ldc << 2);
            } else {
              const kept = min(rows, height - i);
              const wide = min(columns, width - j);
              multiplyEdge(tileA, stepA, tileB, stepB, to - from, accumulate, tileC, ldc << 2, kept, wide);
            }
          }
        }
      }
    }
  }
}

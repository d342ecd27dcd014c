/** Float32 matrix products of one thread: the system's BLAS where it is there, else a packed 5x8 micro-kernel. */
import { edgeBytes, panelBytes, panels, usesBlas } from "./scratch";
import { madd } from "./simd";

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
const blockM: i32 = 260;
const blockN: i32 = 96;
const blockK: i32 = 384;
/**
 * Rows and columns of the micro-kernel. The engine puts all loads of a turn before its sums and has 15 registers: 10
 * sums, two vectors of B, four elements of A and the fifth, and one of them spread over a vector just fit.
 */
const rows: i32 = 5;
const columns: i32 = 8;

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
): void {
  if (usesBlas()) {
    sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  const packedA = panels();
  const packedB = packedA + blockM * blockK * 4;
  // Blocks of equal height, so that the last one is not a sliver.
  const parts = (m + blockM - 1) / blockM;
  const tall = (((m + parts - 1) / parts + rows - 1) / rows) * rows;
  for (let m0 = 0; m0 < m; m0 += tall) {
    const height = min(tall, m - m0);
    for (let k0 = 0; k0 < k; k0 += blockK) {
      const depth = min(blockK, k - k0);
      packRows(packedA, a, lda, transposeA, m0, height, k0, depth);
      const accumulate = k0 > 0 || beta != 0;
      for (let n0 = 0; n0 < n; n0 += blockN) {
        const width = min(blockN, n - n0);
        packColumns(packedB, b, ldb, transposeB, n0, width, k0, depth);
        const target = c + ((m0 * ldc + n0) << 2);
        multiplyBlock(packedA, packedB, height, width, depth, alpha, accumulate, target, ldc << 2);
      }
    }
  }
  if (k == 0 && beta == 0) {
    for (let i = 0; i < m; i++) memory.fill(c + ((i * ldc) << 2), 0, n << 2);
  }
}

/** A block of C from a block of op(A) and one of op(B). */
function multiplyBlock(
  packedA: usize,
  packedB: usize,
  height: i32,
  width: i32,
  depth: i32,
  alpha: f32,
  accumulate: bool,
  c: usize,
  step: usize,
): void {
  for (let j = 0; j < width; j += columns) {
    const stripB = packedB + ((j * depth) << 2);
    for (let i = 0; i < height; i += rows) {
      const stripA = packedA + ((i * depth) << 2);
      const target = c + <usize>i * step + (j << 2);
      if (i + rows <= height && j + columns <= width) {
        multiplyTile(stripA, stripB, depth, alpha, accumulate, target, step);
      } else {
        const kept = min(rows, height - i);
        multiplyEdge(stripA, stripB, depth, alpha, accumulate, target, step, kept, min(columns, width - j));
      }
    }
  }
}

/** Rows m0 … of op(A), depth k0 …, as strips of 5 rows: `[strip][depth][5]`, missing rows zero. */
function packRows(
  to: usize,
  a: usize,
  lda: i32,
  transposed: bool,
  m0: i32,
  height: i32,
  k0: i32,
  depth: i32,
): void {
  const rowStep = (transposed ? 1 : lda) << 2;
  const depthStep = (transposed ? lda : 1) << 2;
  for (let i = 0; i < height; i += rows) {
    const count = min(rows, height - i);
    let from = a + <usize>(m0 + i) * rowStep + <usize>k0 * depthStep;
    if (count == rows) {
      let p = 0;
      if (!transposed) {
        for (; p + 4 <= depth; p += 4) {
          transpose4(to, from, rowStep, 20);
          const fifth = v128.load(from + 4 * rowStep);
          v128.store32_lane(to, fifth, 0, 16);
          v128.store32_lane(to, fifth, 1, 36);
          v128.store32_lane(to, fifth, 2, 56);
          v128.store32_lane(to, fifth, 3, 76);
          from += 16;
          to += 80;
        }
      }
      for (; p < depth; p++) {
        if (transposed) {
          v128.store(to, v128.load(from));
        } else {
          for (let r = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(from + r * rowStep));
        }
        store<f32>(to, load<f32>(from + 4 * rowStep), 16);
        from += depthStep;
        to += 20;
      }
    } else {
      for (let p = 0; p < depth; p++) {
        for (let r = 0; r < rows; r++) {
          store<f32>(to + (r << 2), r < count ? load<f32>(from + r * rowStep) : 0);
        }
        from += depthStep;
        to += 20;
      }
    }
  }
}

/** Columns n0 … of op(B), depth k0 …, as strips of 8 columns: `[strip][depth][8]`, missing columns zero. */
function packColumns(
  to: usize,
  b: usize,
  ldb: i32,
  transposed: bool,
  n0: i32,
  width: i32,
  k0: i32,
  depth: i32,
): void {
  const columnStep = (transposed ? ldb : 1) << 2;
  const depthStep = (transposed ? 1 : ldb) << 2;
  for (let j = 0; j < width; j += columns) {
    const count = min(columns, width - j);
    let from = b + <usize>(n0 + j) * columnStep + <usize>k0 * depthStep;
    if (count == columns && !transposed) {
      for (let p = 0; p < depth; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += depthStep;
        to += 32;
      }
    } else if (count == columns) {
      packTransposed(to, from, columnStep, depth);
      to += depth << 5;
    } else {
      for (let p = 0; p < depth; p++) {
        for (let r = 0; r < columns; r++) {
          store<f32>(to + (r << 2), r < count ? load<f32>(from + r * columnStep) : 0);
        }
        from += depthStep;
        to += 32;
      }
    }
  }
}

/** Eight stored rows turned into a strip `[depth][8]`, four depths at a time. */
function packTransposed(to: usize, from: usize, step: usize, depth: i32): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    transpose4(to, from, step, 32);
    transpose4(to + 16, from + 4 * step, step, 32);
    from += 16;
    to += 128;
  }
  for (; p < depth; p++) {
    for (let r = 0; r < columns; r++) store<f32>(to + (r << 2), load<f32>(from + r * step));
    from += 4;
    to += 32;
  }
}

/** A 4x4 block: rows `step` bytes apart become columns, `depthBytes` from one depth to the next. */
function transpose4(to: usize, from: usize, step: usize, depthBytes: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + step);
  const r2 = v128.load(from + 2 * step);
  const r3 = v128.load(from + 3 * step);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Writes `alpha x` to 16 bytes of C, or adds it. */
function put(at: usize, x: v128, alpha: v128, accumulate: bool): void {
  v128.store(at, accumulate ? madd(x, alpha, v128.load(at)) : f32x4.mul(x, alpha));
}

/**
 * A tile of 5x8 elements; `step` is the bytes from one row of C to the next. The module exports it, which keeps the
 * compiler from inlining it: within another function its sums would not all stay in registers.
 */
export function multiplyTile(
  a: usize,
  b: usize,
  depth: i32,
  alpha: f32,
  accumulate: bool,
  c: usize,
  step: usize,
): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0);
  let s41 = f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x = v128.load(a);
    const last = v128.load32_splat(a, 16);
    const x0 = v128.shuffle<f32>(x, x, 0, 0, 0, 0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.shuffle<f32>(x, x, 1, 1, 1, 1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.shuffle<f32>(x, x, 2, 2, 2, 2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    const x3 = v128.shuffle<f32>(x, x, 3, 3, 3, 3);
    s30 = madd(x3, b0, s30);
    s31 = madd(x3, b1, s31);
    s40 = madd(last, b0, s40);
    s41 = madd(last, b1, s41);
    a += 20;
    b += 32;
  }
  const factor = f32x4.splat(alpha);
  put(c, s00, factor, accumulate);
  put(c + 16, s01, factor, accumulate);
  c += step;
  put(c, s10, factor, accumulate);
  put(c + 16, s11, factor, accumulate);
  c += step;
  put(c, s20, factor, accumulate);
  put(c + 16, s21, factor, accumulate);
  c += step;
  put(c, s30, factor, accumulate);
  put(c + 16, s31, factor, accumulate);
  c += step;
  put(c, s40, factor, accumulate);
  put(c + 16, s41, factor, accumulate);
}

/** A tile at the right or lower edge of C: the whole tile is made aside, `height` x `width` elements of it are kept. */
function multiplyEdge(
  a: usize,
  b: usize,
  depth: i32,
  alpha: f32,
  accumulate: bool,
  c: usize,
  step: usize,
  height: i32,
  width: i32,
): void {
  const tile = panels() + panelBytes - edgeBytes;
  multiplyTile(a, b, depth, alpha, false, tile, columns << 2);
  for (let i = 0; i < height; i++) {
    const row = tile + ((i * columns) << 2);
    for (let j = 0; j < width; j++) {
      const at = c + (j << 2);
      const value = load<f32>(row + (j << 2));
      store<f32>(at, accumulate ? load<f32>(at) + value : value);
    }
    c += step;
  }
}

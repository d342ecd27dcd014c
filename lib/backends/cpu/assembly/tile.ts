/** The micro-kernel: one tile of a product, from packed strips of both operands. */
import { edgeBytes, panelBytes, panels } from "./scratch";
import { madd } from "./simd";

/**
 * Rows and columns of the micro-kernel. The engine puts all loads of a turn before its sums and has 15 registers: 10
 * sums, two vectors of B, four elements of A and the fifth, and one of them spread over a vector just fit.
 */
export const rows: i32 = 5;
export const columns: i32 = 8;

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

/**
 * A tile at the right or lower edge of C: the whole tile is made aside, `height` x `width` elements of it are kept. They
 * are rounded as those of a whole tile are, so that where the blocks of a product end changes no bit of it.
 */
export function multiplyEdge(
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
  multiplyTile(a, b, depth, 1, false, tile, columns << 2);
  const factor = f32x4.splat(alpha);
  for (let i = 0; i < height; i++) {
    const row = tile + ((i * columns) << 2);
    for (let j = 0; j < width; j++) {
      const at = c + (j << 2);
      const sum = v128.load32_splat(row + (j << 2));
      const value = accumulate ? madd(sum, factor, v128.load32_splat(at)) : f32x4.mul(sum, factor);
      v128.store32_lane(at, value, 0);
    }
    c += step;
  }
}

/** The micro-kernel of engines that fuse, for rows that are read where they lie. */
import { madd } from "./simd";

/**
 * A tile of 6x8 elements from six rows of A, `stepA` bytes apart, and a strip of B, whose depths are `stepB` bytes apart; in all else as
 * multiply6x8, to the bit.
 */
export function multiplyRows(
  a: usize,
  stepA: usize,
  b: usize,
  stepB: usize,
  depth: i32,
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
  let s50 = f32x4.splat(0);
  let s51 = f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a + stepA);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a + 2 * stepA);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(a + 3 * stepA);
    s30 = madd(x3, b0, s30);
    s31 = madd(x3, b1, s31);
    const x4 = v128.load32_splat(a + 4 * stepA);
    s40 = madd(x4, b0, s40);
    s41 = madd(x4, b1, s41);
    const x5 = v128.load32_splat(a + 5 * stepA);
    s50 = madd(x5, b0, s50);
    s51 = madd(x5, b1, s51);
    a += 4;
    b += stepB;
  }
  if (accumulate) {
    v128.store(c, f32x4.add(s00, v128.load(c)));
    v128.store(c, f32x4.add(s01, v128.load(c, 16)), 16);
    c += step;
    v128.store(c, f32x4.add(s10, v128.load(c)));
    v128.store(c, f32x4.add(s11, v128.load(c, 16)), 16);
    c += step;
    v128.store(c, f32x4.add(s20, v128.load(c)));
    v128.store(c, f32x4.add(s21, v128.load(c, 16)), 16);
    c += step;
    v128.store(c, f32x4.add(s30, v128.load(c)));
    v128.store(c, f32x4.add(s31, v128.load(c, 16)), 16);
    c += step;
    v128.store(c, f32x4.add(s40, v128.load(c)));
    v128.store(c, f32x4.add(s41, v128.load(c, 16)), 16);
    c += step;
    v128.store(c, f32x4.add(s50, v128.load(c)));
    v128.store(c, f32x4.add(s51, v128.load(c, 16)), 16);
  } else {
    v128.store(c, s00);
    v128.store(c, s01, 16);
    c += step;
    v128.store(c, s10);
    v128.store(c, s11, 16);
    c += step;
    v128.store(c, s20);
    v128.store(c, s21, 16);
    c += step;
    v128.store(c, s30);
    v128.store(c, s31, 16);
    c += step;
    v128.store(c, s40);
    v128.store(c, s41, 16);
    c += step;
    v128.store(c, s50);
    v128.store(c, s51, 16);
  }
}

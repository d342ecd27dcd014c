/** The micro-kernel for engines that multiply and add one after the other. */
import { madd } from "./simd";

/**
 * A tile of 5x8 elements. A product needs a register of its own before it is added, and the engine puts all loads of a
 * turn before its sums: 10 sums, two vectors of B, four elements of A and the fifth, and one of them spread over a vector
 * just fit into 15 registers.
 */
export function multiply5x8(
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
    a += stepA;
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
  }
}

/** Vector arithmetic on four float32 lanes: multiply-add, exponential, tanh, error function, sums over lanes. */

/** `a · b + c`, fused where the engine has relaxed SIMD. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four lanes, pairwise. */
export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 2) +
    (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3))
  );
}

/** The largest of the four lanes. */
export function maxLanes(x: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max<f32>(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/**
 * Constants, each four times: a vector that is loaded costs one instruction, one that is spread from a number three.
 * The order is that of their use below.
 */
const constants: usize = memory.data<f32>(
  [
    88.7228, 88.7228, 88.7228, 88.7228, -87.3, -87.3, -87.3, -87.3, 1.44269504, 1.44269504, 1.44269504,
    1.44269504, 12582912, 12582912, 12582912, 12582912, -0.693359375, -0.693359375, -0.693359375,
    -0.693359375, 2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 1.98756915e-4, 1.98756915e-4,
    1.98756915e-4, 1.98756915e-4, 1.39819995e-3, 1.39819995e-3, 1.39819995e-3, 1.39819995e-3, 8.33345191e-3,
    8.33345191e-3, 8.33345191e-3, 8.33345191e-3, 4.16657959e-2, 4.16657959e-2, 4.16657959e-2, 4.16657959e-2,
    1.66666655e-1, 1.66666655e-1, 1.66666655e-1, 1.66666655e-1, 0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, -126, -126,
    -126, -126, 0.0013400433, 0.0013400433, 0.0013400433, 0.0013400433, 9.6760374e-3, 9.6760374e-3,
    9.6760374e-3, 9.6760374e-3, 0.055503272, 0.055503272, 0.055503272, 0.055503272, 0.24022107, 0.24022107,
    0.24022107, 0.24022107, 0.69314718, 0.69314718, 0.69314718, 0.69314718,
  ],
  16,
);

/**
 * e^x with a relative error below 2e-7: x = n ln 2 + r, a polynomial for e^r (Cephes' expf), 2^n by its exponent bits.
 * Values below -87.3 give 1.2e-38 or less, values above 88.37 infinity.
 */
export function exp4(x: v128): v128 {
  const clamped = f32x4.max(f32x4.min(x, v128.load(constants)), v128.load(constants, 16));
  // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits.
  const shifted = madd(clamped, v128.load(constants, 32), v128.load(constants, 48));
  const n = f32x4.sub(shifted, v128.load(constants, 48));
  let r = madd(n, v128.load(constants, 64), clamped);
  r = madd(n, v128.load(constants, 80), r);
  let p = madd(v128.load(constants, 96), r, v128.load(constants, 112));
  p = madd(p, r, v128.load(constants, 128));
  p = madd(p, r, v128.load(constants, 144));
  p = madd(p, r, v128.load(constants, 160));
  p = madd(p, r, v128.load(constants, 176));
  const one = v128.load(constants, 192);
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), one);
  // The bits of 1 are the exponent 127; what the shift leaves of `shifted` is n.
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), one));
}

/**
 * 2^x with a relative error below 3e-7 for x from -126 to 127, and about 1e-38 for less: x = n + r, a polynomial for
 * 2^r, and n added to its exponent.
 */
export function exp2(x: v128): v128 {
  const magic = v128.load(constants, 48);
  const bounded = f32x4.max(x, v128.load(constants, 208));
  const shifted = f32x4.add(bounded, magic);
  const r = f32x4.sub(bounded, f32x4.sub(shifted, magic));
  let p = madd(v128.load(constants, 224), r, v128.load(constants, 240));
  p = madd(p, r, v128.load(constants, 256));
  p = madd(p, r, v128.load(constants, 272));
  p = madd(p, r, v128.load(constants, 288));
  p = madd(p, r, v128.load(constants, 192));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** log2(e) */
export const log2e: f32 = 1.44269504;

/** `1 / (1 + e^-x)` */
export function sigmoid4(x: v128): v128 {
  const one = v128.load(constants, 192);
  // Above 88 the exponential would leave the range of exponents; the quotient is 0 long before.
  const power = f32x4.min(f32x4.mul(x, f32x4.splat(-log2e)), f32x4.splat(126));
  return f32x4.div(one, f32x4.add(one, exp2(power)));
}

/** tanh x with an absolute error below 3e-7. */
export function tanh4(x: v128): v128 {
  const double = exp4(f32x4.add(x, x));
  return f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(double, f32x4.splat(1))));
}

/** The error function with an absolute error below 3e-7 (Abramowitz and Stegun, 7.1.26). */
export function erf4(x: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(f32x4.splat(1), madd(size, f32x4.splat(0.3275911), f32x4.splat(1)));
  let p = madd(f32x4.splat(1.061405429), t, f32x4.splat(-1.453152027));
  p = madd(p, t, f32x4.splat(1.421413741));
  p = madd(p, t, f32x4.splat(-0.284496736));
  p = f32x4.mul(madd(p, t, f32x4.splat(0.254829592)), t);
  const value = f32x4.sub(f32x4.splat(1), f32x4.mul(p, exp4(f32x4.neg(f32x4.mul(size, size)))));
  // The sign of x on a value that is not negative.
  return v128.or(value, v128.and(x, i32x4.splat(0x80000000)));
}

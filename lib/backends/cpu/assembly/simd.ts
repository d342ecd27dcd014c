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
 * e^x with a relative error below 2e-7: x = n ln 2 + r, a polynomial for e^r (Cephes' expf), 2^n by its exponent bits.
 * Values below -87.3 give 1.2e-38 or less, values above 88.72 about the largest float32.
 */
export function exp4(x: v128): v128 {
  const clamped = f32x4.max(f32x4.min(x, f32x4.splat(88.7228)), f32x4.splat(-87.3));
  // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits.
  const shifted = madd(clamped, f32x4.splat(1.44269504), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  let r = madd(n, f32x4.splat(-0.693359375), clamped);
  r = madd(n, f32x4.splat(2.12194440e-4), r);
  let p = madd(f32x4.splat(1.98756915e-4), r, f32x4.splat(1.39819995e-3));
  p = madd(p, r, f32x4.splat(8.33345191e-3));
  p = madd(p, r, f32x4.splat(4.16657959e-2));
  p = madd(p, r, f32x4.splat(1.66666655e-1));
  p = madd(p, r, f32x4.splat(0.5));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23));
  return f32x4.mul(p, power);
}

/** `1 / (1 + e^-x)` */
export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
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

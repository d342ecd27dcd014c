/** Half precision and bfloat16: conversion from and to float32, rounding to nearest, ties to even. */

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halfTable: Float32Array | undefined;

/**
 * The float32 values of IEEE half-precision bit patterns.
 *
 * @example
 * float16ToFloat32(new Uint16Array([0x3c00, 0xc000])); // → [1, -2]
 */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = halfTable[halves[i]!]!;
  return values;
}

/**
 * The float32 values of bfloat16 bit patterns: the upper half of a float32.
 *
 * @example
 * bfloat16ToFloat32(new Uint16Array([0x3f80, 0xc000])); // → [1, -2]
 */
export function bfloat16ToFloat32(brains: Uint16Array): Float32Array {
  const words = new Uint32Array(brains.length);
  for (let i = 0; i < brains.length; i++) words[i] = brains[i]! << 16;
  return new Float32Array(words.buffer);
}

/**
 * The bfloat16 bit patterns nearest to float32 values.
 *
 * @example
 * float32ToBfloat16(new Float32Array([1, -2])); // → [0x3f80, 0xc000]
 */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const brains = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    asFloat[0] = values[i]!;
    const word = bits[0]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    brains[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return brains;
}

function floatToHalf(value: number): number {
  asFloat[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 half precision counts in steps of 2^-24; the scaled value is exact in float64.
    const steps = Math.abs(value) * 2 ** 24;
    const low = Math.floor(steps);
    const rest = steps - low;
    return sign | (low + (rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/**
 * The half-precision bit patterns nearest to float32 values; beyond 65504 they are infinite.
 *
 * @example
 * float32ToFloat16(new Float32Array([1, -2, 1e6])); // → [0x3c00, 0xc000, 0x7c00]
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = floatToHalf(values[i]!);
  return halves;
}

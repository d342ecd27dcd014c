/** The values of 4-bit codes, as bitsandbytes defines them. */

/** NF4: the quantiles of a normal distribution, scaled to [-1, 1] (Dettmers et al., 2023, appendix E). */
const nf4Values: readonly number[] = [
  -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
];

/** FP4: a sign, two bits of exponent and one of mantissa; the second half are the negatives. */
const positiveFp4 = [0, 0.0625, 8, 12, 4, 6, 2, 3].map((value) => Math.fround(value / 12));
const fp4Values: readonly number[] = [...positiveFp4, ...positiveFp4.map((value) => -value)];

/** For each byte the values of its high and of its low half, `[256, 2]`. */
export function pairTable(values: readonly number[]): Float32Array {
  const table = new Float32Array(512);
  for (let byte = 0; byte < 256; byte++) {
    table[2 * byte] = values[byte >> 4]!;
    table[2 * byte + 1] = values[byte & 15]!;
  }
  return table;
}

/** The 16 values by code. */
export function fourBitValues(format: "nf4" | "fp4"): readonly number[] {
  return format === "nf4" ? nf4Values : fp4Values;
}

/** Blockwise quantisation: a block of numbers shares its largest magnitude, and each number is a code of it. */
import { ResidencyError } from "../errors.ts";
import type { Codebook } from "./codebook.ts";

/** The result of blockwise quantisation: one code a number, one scale a block. */
export interface BlockwiseCodes {
  codes: Uint8Array;
  /** The largest magnitude of each block, float32. */
  absmax: Float32Array;
}

/** What a magnitude of zero is divided by, so that blocks of zeros stay finite. */
const leastMagnitude = 1e-38;

/**
 * The block size that is wanted, if bitsandbytes allows it.
 *
 * @throws ResidencyError E_CONFIG when it is no power of two from 32 to 4096.
 */
export function checkedBlockSize(blockSize: number): number {
  if (blockSize >= 32 && blockSize <= 4096 && Number.isInteger(Math.log2(blockSize))) return blockSize;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot quantise with a block size of ${blockSize}: it must be a power of two from 32 to 4096`,
  );
}

/** The largest magnitude from `begin` to `end`. */
function magnitude(values: Float32Array, begin: number, end: number): number {
  let most = 0;
  let poison = 0;
  for (let i = begin; i < end; i++) {
    const value = values[i]!;
    const size = Math.abs(value);
    if (size > most) most = size;
    poison += value - value; // NaN as soon as one number is NaN or infinite
  }
  if (poison !== 0) {
    throw new ResidencyError(
      "E_NUMERIC",
      `Cannot quantise numbers that are NaN or infinite: there is one between ${begin} and ${end - 1}`,
    );
  }
  return most;
}

/** Numbers of one block, divided by the largest magnitude of it. */
export interface ScaledBlock {
  scaled: Float32Array;
  /** The same memory: of each number the lower and the upper half. */
  halves: Uint16Array;
  /** How many of them count. */
  count: number;
  /** Where the block begins among all numbers. */
  begin: number;
}

/**
 * Calls `emit` with the scaled numbers of each block; they stay in one buffer, which the next block overwrites.
 *
 * As in bitsandbytes, whole blocks are multiplied by the reciprocal, and a rest is divided: the last bits differ.
 */
export function scaleBlocks(
  values: Float32Array,
  blockSize: number,
  emit: (block: ScaledBlock) => void,
  { divideRest = true }: { divideRest?: boolean } = {},
): Float32Array {
  const blocks = Math.ceil(values.length / blockSize);
  const absmax = new Float32Array(blocks);
  const scaled = new Float32Array(blockSize);
  const halves = new Uint16Array(scaled.buffer);
  for (let block = 0; block < blocks; block++) {
    const begin = block * blockSize;
    const end = Math.min(values.length, begin + blockSize);
    const most = magnitude(values, begin, end);
    absmax[block] = most;
    const divisor = Math.max(most, Math.fround(leastMagnitude));
    const count = end - begin;
    if (count === blockSize || !divideRest) {
      const factor = Math.fround(1 / divisor);
      for (let i = 0; i < count; i++) scaled[i] = values[begin + i]! * factor;
    } else {
      for (let i = 0; i < count; i++) scaled[i] = values[begin + i]! / divisor;
    }
    // Rounding can lift the largest above 1, whose code is the same.
    emit({ scaled, halves, count, begin });
  }
  return absmax;
}

/**
 * Quantises to the nearest value of a codebook of 256, bitsandbytes' `quantize_blockwise`.
 *
 * @throws ResidencyError E_NUMERIC for NaN and infinite numbers.
 * @example
 * const values = new Float32Array([0.5, -1, 0.25]);
 * const { codes, absmax } = quantizeBlockwise(values, dynamicCodebook(), { blockSize: 256 });
 * absmax; // → [1]
 */
export function quantizeBlockwise(
  values: Float32Array,
  { order, midpoints, places }: Codebook,
  { blockSize = 4096 }: { blockSize?: number } = {},
): BlockwiseCodes {
  const codes = new Uint8Array(values.length);
  const absmax = scaleBlocks(
    values,
    blockSize,
    ({ scaled, halves, count, begin }) => {
      for (let i = 0; i < count; i++) {
        const value = scaled[i]!;
        let place = places[halves[2 * i + 1]!]!;
        while (value > midpoints[place]!) place++;
        codes[begin + i] = order[place]!;
      }
    },
    { divideRest: false },
  );
  return { codes, absmax };
}

/**
 * `values[code] · absmax` of each code, in float32.
 *
 * @example
 * const book = dynamicCodebook();
 * const packed = quantizeBlockwise(new Float32Array([0, 1]), book, { blockSize: 256 });
 * dequantizeBlockwise(packed, book, { blockSize: 256 }); // → [0, 1]
 */
export function dequantizeBlockwise(
  { codes, absmax }: BlockwiseCodes,
  { values }: Pick<Codebook, "values">,
  { blockSize = 4096 }: { blockSize?: number } = {},
): Float32Array {
  const numbers = new Float32Array(codes.length);
  for (let begin = 0, block = 0; begin < codes.length; begin += blockSize, block++) {
    const scale = absmax[block]!;
    const end = Math.min(codes.length, begin + blockSize);
    for (let i = begin; i < end; i++) numbers[i] = values[codes[i]!]! * scale;
  }
  return numbers;
}

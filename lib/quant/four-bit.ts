/** NF4 and FP4: two codes a byte, one float32 scale a block, to the byte as bitsandbytes has them. */
import { ResidencyError } from "../errors.ts";
import { checkedBlockSize, scaleBlocks } from "./blockwise.ts";
import { fourBitCodebook, type FourBitType } from "./codebook.ts";

/** Numbers in 4 bits each. */
export interface FourBitCodes {
  quantType: FourBitType;
  blockSize: number;
  /** How many numbers; the unused half of the last byte of an odd number of them holds the code of 0. */
  length: number;
  /** Two codes a byte, the first in the high half: `[ceil(length / 2)]`. */
  packed: Uint8Array;
  /** The largest magnitude of each block, float32 `[ceil(length / blockSize)]`. */
  absmax: Float32Array;
}

/** Options of {@link quantize4bit}. */
export interface FourBitOptions {
  /** "nf4" when left out. */
  quantType?: FourBitType;
  /** Numbers that share a scale, a power of two from 32 to 4096; 64 when left out. */
  blockSize?: number;
}

/**
 * Quantises numbers to 4 bits each; blocks run over the flattened numbers, whatever their shape.
 *
 * @throws ResidencyError E_CONFIG for a block size that is not allowed, E_NUMERIC for NaN and infinite numbers.
 * @example
 * const { packed, absmax } = quantize4bit(new Float32Array([0.5, -1, 0.25]));
 */
export function quantize4bit(values: Float32Array, options: FourBitOptions = {}): FourBitCodes {
  const { quantType = "nf4" } = options;
  const blockSize = checkedBlockSize(options.blockSize ?? 64);
  const { order, midpoints, places } = fourBitCodebook(quantType);
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  const absmax = scaleBlocks(values, blockSize, ({ scaled, halves, count, begin }) => {
    // Block sizes are even, so only the end of all can be odd.
    if (count & 1) scaled[count] = 0;
    for (let i = 0, at = begin >> 1; i < count; i += 2, at++) {
      const first = scaled[i]!;
      let high = places[halves[2 * i + 1]!]!;
      while (first > midpoints[high]!) high++;
      const second = scaled[i + 1]!;
      let low = places[halves[2 * i + 3]!]!;
      while (second > midpoints[low]!) low++;
      packed[at] = (order[high]! << 4) | order[low]!;
    }
  });
  return { quantType, blockSize, length: values.length, packed, absmax };
}

/**
 * The numbers that the codes stand for, `value · absmax` in float32.
 *
 * @throws ResidencyError E_SHAPE when there are too few bytes or scales.
 * @example
 * dequantize4bit(quantize4bit(new Float32Array([0, -1, 1]))); // → [0, -1, 1]
 */
export function dequantize4bit({ quantType, blockSize, length, packed, absmax }: FourBitCodes): Float32Array {
  if (packed.length < Math.ceil(length / 2) || absmax.length < Math.ceil(length / blockSize)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot read ${length} numbers of 4 bits: ${packed.length} bytes and ${absmax.length} scales of ${blockSize} are too few`,
    );
  }
  const { values } = fourBitCodebook(quantType);
  const numbers = new Float32Array(length);
  for (let begin = 0, block = 0; begin < length; begin += blockSize, block++) {
    const scale = absmax[block]!;
    const end = Math.min(length, begin + blockSize);
    for (let i = begin; i < end; i++) {
      const byte = packed[i >> 1]!;
      numbers[i] = values[i & 1 ? byte & 15 : byte >> 4]! * scale;
    }
  }
  return numbers;
}

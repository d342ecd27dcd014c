/** Double quantisation: the scales of blocks, quantised themselves (Dettmers et al., 2023, section 3). */
import { dequantizeBlockwise, quantizeBlockwise } from "./blockwise.ts";
import { dynamicCodebook } from "./codebook.ts";
import { float32Mean } from "./float32-mean.ts";

/** Scales in 8 bits each. */
export interface NestedAbsmax {
  /** One code a scale. */
  codes: Uint8Array;
  /** The largest magnitude of each block of codes, float32. */
  absmax: Float32Array;
  /** The values of the codes, float32 `[256]`. */
  quantMap: Float32Array;
  /** The mean of the scales, which was taken off before they were quantised. */
  offset: number;
  blockSize: number;
}

/**
 * Quantises scales to 8 bits each around their mean, in blocks of 256.
 *
 * @example
 * nestAbsmax(new Float32Array([1, 2, 3])).offset; // → 2
 */
export function nestAbsmax(absmax: Float32Array): NestedAbsmax {
  const blockSize = 256;
  const offset = float32Mean(absmax);
  const book = dynamicCodebook();
  const centred = absmax.map((scale) => scale - offset);
  const { codes, absmax: outer } = quantizeBlockwise(centred, book, { blockSize });
  return { codes, absmax: outer, quantMap: book.values, offset, blockSize };
}

/**
 * The scales that the codes stand for.
 *
 * @example
 * unnestAbsmax(nestAbsmax(new Float32Array([1, 2, 3]))); // → [1.007…, 2, 3]
 */
export function unnestAbsmax({ codes, absmax, quantMap, offset, blockSize }: NestedAbsmax): Float32Array {
  return dequantizeBlockwise({ codes, absmax }, { values: quantMap }, { blockSize }).map(
    (scale) => scale + offset,
  );
}

/** Dropout (Srivastava et al., 2014): a share of a tensor is left out, the same one for a seed whatever the backend. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./gradient.ts";

/** What is left out. */
export interface DropoutOptions {
  /** The share that is left out, in [0, 1). */
  rate: number;
  /** A whole number of 32 bits that decides which. */
  seed: number;
}

/** Spreads a change of any bit over all 32 (the finaliser of MurmurHash3, Appleby, 2011). */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * What dropout multiplies elements `start`, `start + 1`, … by: 0 for a share of `rate`, 1 / (1 - rate) for the others. Each element
 * is decided by its number and the seed alone, so that a part of a large mask can be made without the rest.
 *
 * @throws RangeError for a rate outside [0, 1).
 * @example
 * dropoutMask([2, 3], { rate: 0.5, seed: 1 }).dataSync().every((value) => value === 0 || value === 2); // → true
 */
export function dropoutMask<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  { rate, seed }: DropoutOptions,
  start = 0,
): tf.Tensor<R> {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`Cannot leave out a share of ${rate}: it must be at least 0 and below 1`);
  }
  // Each seed has a stride of its own, so that no stream is another one begun later.
  const stride = mix(seed) | 1;
  const offset = mix(seed ^ 0x5bd1e995);
  const limit = Math.floor(rate * 2 ** 32);
  const kept = Math.fround(1 / (1 - rate));
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let index = 0; index < values.length; index++) {
    const word = mix(Math.imul(start + index, stride) + offset) >>> 0;
    if (word >= limit) values[index] = kept;
  }
  return tf.tensor<R>(values, shape);
}

/**
 * Leaves out elements of x and scales up the others, so that the mean stays. The backward pass makes the mask again instead of
 * keeping it.
 *
 * @throws RangeError for a rate outside [0, 1).
 * @example
 * dropout(tf.ones([8]), { rate: 0, seed: 3 }); // → [1, 1, 1, 1, 1, 1, 1, 1]
 */
export function dropout<T extends tf.Tensor>(x: T, options: DropoutOptions): T {
  const times = (values: tf.Tensor): tf.Tensor => tf.mul(values, dropoutMask(x.shape, options));
  return withGradient(
    [x],
    ([input]) => times(input!),
    (dy) => [times(dy)],
  ) as T;
}

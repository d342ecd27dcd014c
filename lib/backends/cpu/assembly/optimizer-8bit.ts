/** AdamW with both moments in 8 bits, in place: blocks of 256 numbers share a scale, and each number is a place in a map. */
import { int, ptr } from "./job";
import { readStep, stepVector } from "./optimizer";
import { scratch } from "./scratch";
import { maxLanes } from "./simd";

/** Numbers that share a scale. */
const blockSize = 256;

/** Where the parts of a map lie in its table: values, midpoints, and for each upper half of a float32 the least place. */
const midpointsAt: usize = 1024;
const placesAt: usize = 2048;

/** A scale's reciprocal stays finite for blocks of zeros. */
const leastScale: f32 = 1e-38;

/** `count` codes -> numbers times the scale. */
function unpack(codes: usize, count: i32, table: usize, scale: f32, to: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(table + ((<usize>load<u8>(codes + i)) << 2));
    store<f32>(to + ((<usize>i) << 2), value * scale);
  }
}

/** `count` numbers, which are scaled where they lie -> codes; a number on a midpoint gets the lower place. */
function pack(numbers: usize, count: i32, table: usize, scale: f32, codes: usize): void {
  const inverse = f32x4.splat(<f32>1 / max<f32>(scale, leastScale));
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    v128.store(numbers + i, f32x4.mul(v128.load(numbers + i), inverse));
  }
  for (let i = 0; i < count; i++) {
    const at = numbers + ((<usize>i) << 2);
    const place = <usize>load<u8>(table + placesAt + <usize>load<u16>(at, 2));
    // Between two numbers with the same upper half lies one midpoint at most.
    const above = <usize>(load<f32>(at) > load<f32>(table + midpointsAt + (place << 2)));
    store<u8>(codes + i, <u8>(place + above));
  }
}

/**
 * value, gradient, codes of the mean and its scales, codes of the variance and its scales, both tables, size, blocks a
 * chunk; the numbers are those of `adamWChunk`.
 */
export function adamW8bitChunk(chunk: i32): void {
  readStep();
  const size = int(8);
  const means = scratch();
  const variances = means + (blockSize << 2);
  const gradients = variances + (blockSize << 2);
  const blocks = (size + blockSize - 1) / blockSize;
  const last = min(blocks, (chunk + 1) * int(9));
  for (let block = chunk * int(9); block < last; block++) {
    const begin = block * blockSize;
    const count = min(blockSize, size - begin);
    const first: usize = (<usize>begin) << 2;
    const scales: usize = (<usize>block) << 2;
    unpack(ptr(2) + begin, count, ptr(6), load<f32>(ptr(3) + scales), means);
    unpack(ptr(4) + begin, count, ptr(7), load<f32>(ptr(5) + scales), variances);
    // What lies behind the last number must not count as the largest.
    memory.copy(gradients, ptr(1) + first, (<usize>count) << 2);
    for (let i = count; i < ((count + 3) & ~3); i++) {
      const at: usize = (<usize>i) << 2;
      store<f32>(means + at, 0);
      store<f32>(variances + at, 0);
      store<f32>(gradients + at, 0);
    }
    let most1 = f32x4.splat(0);
    let most2 = f32x4.splat(0);
    for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
      stepVector(gradients + i, means + i, variances + i, ptr(0) + first + i);
      most1 = f32x4.max(most1, f32x4.abs(v128.load(means + i)));
      most2 = f32x4.max(most2, v128.load(variances + i));
    }
    const scale1 = maxLanes(most1);
    const scale2 = maxLanes(most2);
    store<f32>(ptr(3) + scales, scale1);
    store<f32>(ptr(5) + scales, scale2);
    pack(means, count, ptr(6), scale1, ptr(2) + begin);
    pack(variances, count, ptr(7), scale2, ptr(4) + begin);
  }
}

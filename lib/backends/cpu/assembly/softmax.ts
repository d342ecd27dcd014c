/** Softmax of rows and the cross-entropy of rows. */
import { float, int, ptr } from "./job";
import { exp2, log2e, madd, maxLanes, sumLanes } from "./simd";

/** The natural logarithm of 2. */
const ln2: f32 = 0.69314718;

/** The largest element of a row, which may pass over NaN: the sum of the exponentials is NaN then anyway. */
export function maxRow(x: usize, count: i32): f32 {
  let best: f32 = -Infinity;
  let i = 0;
  if (count >= 4) {
    let m0 = v128.load(x);
    let m1 = m0;
    for (i = 4; i + 8 <= count; i += 8) {
      m0 = f32x4.pmax(m0, v128.load(x + (i << 2)));
      m1 = f32x4.pmax(m1, v128.load(x + (i << 2), 16));
    }
    for (; i + 4 <= count; i += 4) m0 = f32x4.pmax(m0, v128.load(x + (i << 2)));
    best = maxLanes(f32x4.pmax(m0, m1));
  }
  for (; i < count; i++) best = max<f32>(best, load<f32>(x + (i << 2)));
  return best;
}

/** Elements that are added up by themselves before they join the sum: a vocabulary of 150,000 would cost six bits else. */
const sumLength: i32 = 1024;

/** Writes e^(x - shift) to y (the same place or another) and gives the sum. */
export function expRow(x: usize, y: usize, count: i32, shift: f32): f32 {
  const factor = f32x4.splat(log2e);
  const offset = f32x4.splat(-shift * log2e);
  let sums = f32x4.splat(0);
  let i = 0;
  while (i + 8 <= count) {
    const until = min(count, i + sumLength);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    for (; i + 8 <= until; i += 8) {
      const at = x + (i << 2);
      const to = y + (i << 2);
      const e0 = exp2(madd(v128.load(at), factor, offset));
      const e1 = exp2(madd(v128.load(at, 16), factor, offset));
      v128.store(to, e0);
      v128.store(to, e1, 16);
      s0 = f32x4.add(s0, e0);
      s1 = f32x4.add(s1, e1);
    }
    sums = f32x4.add(sums, f32x4.add(s0, s1));
  }
  let sum = sumLanes(sums);
  for (; i < count; i++) {
    const e = f32x4.extract_lane(exp2(madd(v128.load32_splat(x + (i << 2)), factor, offset)), 0);
    store<f32>(y + (i << 2), e);
    sum += e;
  }
  return sum;
}

/** Multiplies a row in place. */
export function scaleRow(x: usize, count: i32, factor: f32): void {
  const by = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(x + (i << 2), f32x4.mul(v128.load(x + (i << 2)), by));
  for (; i < count; i++) store<f32>(x + (i << 2), load<f32>(x + (i << 2)) * factor);
}

/** Multiplies a row in place and adds a number. */
function scaleAndShiftRow(x: usize, count: i32, factor: f32, addend: f32): void {
  const by = f32x4.splat(factor);
  const plus = f32x4.splat(addend);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(x + (i << 2), madd(v128.load(x + (i << 2)), by, plus));
  for (; i < count; i++) store<f32>(x + (i << 2), load<f32>(x + (i << 2)) * factor + addend);
}

/** The mean of shift - x over a row. */
function meanBelow(x: usize, count: i32, shift: f32): f32 {
  const from = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  let i = 0;
  while (i + 4 <= count) {
    const until = min(count, i + sumLength);
    let part = f32x4.splat(0);
    for (; i + 4 <= until; i += 4) part = f32x4.add(part, f32x4.sub(from, v128.load(x + (i << 2))));
    sums = f32x4.add(sums, part);
  }
  let sum = sumLanes(sums);
  for (; i < count; i++) sum += shift - load<f32>(x + (i << 2));
  return sum / <f32>count;
}

/** x `[rows, dim]` -> softmax of each row. */
export function softmaxChunk(chunk: i32): void {
  const dim = int(3);
  const last = min(int(2), (chunk + 1) * int(4));
  for (let row = chunk * int(4); row < last; row++) {
    const x = ptr(0) + ((<usize>(row * dim)) << 2);
    const y = ptr(1) + ((<usize>(row * dim)) << 2);
    scaleRow(y, dim, 1 / expRow(x, y, dim, maxRow(x, dim)));
  }
}

/**
 * The loss of each row of logits `[rows, V]`, 0 where the target is -100; where the address of the gradient is not 0 it
 * gets `softmax(logits) - one hot of the target`, which may be written over the logits. Where the address of the figures
 * `[rows, 2]` is not 0, they get whether the target has the largest logit (the first one of several), and the entropy.
 * Loss and gradient are weighted by the target's probability where int 8 is not 0, and labels are smoothed by float 0.
 */
export function crossEntropyChunk(chunk: i32): void {
  const count = int(5);
  const last = min(int(4), (chunk + 1) * int(6));
  const isWeighted = int(8) != 0;
  const smoothing = float(0);
  for (let row = chunk * int(6); row < last; row++) {
    const x = ptr(0) + ((<usize>(row * count)) << 2);
    const gradient: usize = ptr(3) == 0 ? <usize>0 : ptr(3) + ((<usize>(row * count)) << 2);
    const figures: usize = ptr(7) == 0 ? <usize>0 : ptr(7) + (row << 3);
    const target = load<i32>(ptr(1) + (row << 2));
    const loss = ptr(2) + (row << 2);
    if (target < 0 || target >= count) {
      store<f32>(loss, 0);
      if (gradient) memory.fill(gradient, 0, count << 2);
      if (figures) store<u64>(figures, 0);
      continue;
    }
    const shift = maxRow(x, count);
    const chosen = load<f32>(x + (target << 2));
    // Before the row is written over.
    const below: f32 = smoothing > 0 ? meanBelow(x, count, shift) : 0;
    let sum: f32 = 0;
    if (figures) {
      const isRight = chosen == shift && !holds(x, target, shift);
      sum = expRowWeighed(x, gradient, count, shift, figures + 4);
      store<f32>(figures, isRight ? 1 : 0);
      store<f32>(figures, Mathf.log(sum) - load<f32>(figures, 4) / sum, 4);
    } else {
      sum = gradient ? expRow(x, gradient, count, shift) : sumExp(x, count, shift);
    }
    const own = shift + Mathf.log(sum) - chosen;
    const weight: f32 = isWeighted ? Mathf.exp(-own) : 1;
    store<f32>(loss, smoothing > 0 ? own + smoothing * (Mathf.log(sum) + below - own) : weight * own);
    if (gradient) {
      if (smoothing > 0) scaleAndShiftRow(gradient, count, 1 / sum, -smoothing / <f32>count);
      else scaleRow(gradient, count, weight / sum);
      const at = gradient + (target << 2);
      store<f32>(at, load<f32>(at) - (weight - smoothing));
    }
  }
}

/** Whether one of the first elements of a row is a value. */
function holds(x: usize, count: i32, value: f32): bool {
  for (let i = 0; i < count; i++) if (load<f32>(x + (i << 2)) == value) return true;
  return false;
}

/**
 * The sum of e^z over a row, z = x - shift, which is written to y unless that is 0 (it may be the place of x); the sum of z · e^z is
 * stored at `weighed`.
 */
function expRowWeighed(x: usize, y: usize, count: i32, shift: f32, weighed: usize): f32 {
  const factor = f32x4.splat(log2e);
  const offset = f32x4.splat(-shift * log2e);
  // Zero times minus infinity is no number.
  const least = f32x4.splat(-1e30);
  let sums = f32x4.splat(0);
  let products = f32x4.splat(0);
  let i = 0;
  while (i + 4 <= count) {
    const until = min(count, i + sumLength);
    let part = f32x4.splat(0);
    let product = f32x4.splat(0);
    for (; i + 4 <= until; i += 4) {
      const z = f32x4.max(madd(v128.load(x + (i << 2)), factor, offset), least);
      const e = exp2(z);
      if (y) v128.store(y + (i << 2), e);
      part = f32x4.add(part, e);
      product = madd(z, e, product);
    }
    sums = f32x4.add(sums, part);
    products = f32x4.add(products, product);
  }
  let sum = sumLanes(sums);
  let total = sumLanes(products);
  for (; i < count; i++) {
    const z = f32x4.max(madd(v128.load32_splat(x + (i << 2)), factor, offset), least);
    const e = exp2(z);
    if (y) store<f32>(y + (i << 2), f32x4.extract_lane(e, 0));
    sum += f32x4.extract_lane(e, 0);
    total += f32x4.extract_lane(f32x4.mul(z, e), 0);
  }
  store<f32>(weighed, total * ln2);
  return sum;
}

/** The sum of e^(x - shift) over a row. */
function sumExp(x: usize, count: i32, shift: f32): f32 {
  const factor = f32x4.splat(log2e);
  const offset = f32x4.splat(-shift * log2e);
  let sums = f32x4.splat(0);
  let i = 0;
  while (i + 4 <= count) {
    const until = min(count, i + sumLength);
    let part = f32x4.splat(0);
    for (; i + 4 <= until; i += 4) {
      part = f32x4.add(part, exp2(madd(v128.load(x + (i << 2)), factor, offset)));
    }
    sums = f32x4.add(sums, part);
  }
  let sum = sumLanes(sums);
  for (; i < count; i++) {
    sum += f32x4.extract_lane(exp2(madd(v128.load32_splat(x + (i << 2)), factor, offset)), 0);
  }
  return sum;
}

/** x -> x · factor, in place; a chunk is a run of 16-byte vectors. */
export function scaleChunk(chunk: i32): void {
  const from = chunk * int(2);
  const to = min(int(1), from + int(2));
  scaleRow(ptr(0) + ((<usize>from) << 4), (to - from) << 2, float(0));
}

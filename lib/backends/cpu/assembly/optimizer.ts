/** AdamW in place, the sum of squares, and the scatter gradient of an embedding. */
import { float, int, ptr } from "./job";
import { madd, sumLanes } from "./simd";

/** The numbers of a step of AdamW: value · decay - rate · mean / (sqrt(variance) · correction + eps). */
let gradientScale: v128 = f32x4.splat(0);
let beta1: v128 = f32x4.splat(0);
let beta2: v128 = f32x4.splat(0);
let eps: v128 = f32x4.splat(0);
let decay: v128 = f32x4.splat(0);
let rate: v128 = f32x4.splat(0);
let correction: v128 = f32x4.splat(0);
// 1 - beta, rounded once: taken from the float32 beta 0.999 it would be off by 1e-5 of itself.
let rest1: v128 = f32x4.splat(0);
let rest2: v128 = f32x4.splat(0);

/** Reads the numbers of the job, once a chunk. */
export function readStep(): void {
  gradientScale = f32x4.splat(float(0));
  beta1 = f32x4.splat(float(1));
  beta2 = f32x4.splat(float(2));
  eps = f32x4.splat(float(3));
  decay = f32x4.splat(float(4));
  rate = f32x4.splat(-float(5));
  correction = f32x4.splat(float(6));
  rest1 = f32x4.splat(float(7));
  rest2 = f32x4.splat(float(8));
}

/** The step of four numbers, whose moments and values are changed where they lie. */
export function stepVector(gradientAt: usize, meanAt: usize, varianceAt: usize, valueAt: usize): void {
  const gradient = f32x4.mul(v128.load(gradientAt), gradientScale);
  const mean = madd(v128.load(meanAt), beta1, f32x4.mul(gradient, rest1));
  const variance = madd(v128.load(varianceAt), beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2));
  v128.store(meanAt, mean);
  v128.store(varianceAt, variance);
  const step = f32x4.div(mean, madd(f32x4.sqrt(variance), correction, eps));
  v128.store(valueAt, madd(step, rate, f32x4.mul(v128.load(valueAt), decay)));
}

/** value, gradient, mean, variance; a chunk is a run of 16-byte vectors. */
export function adamWChunk(chunk: i32): void {
  readStep();
  const values = ptr(0);
  const gradients = ptr(1);
  const means = ptr(2);
  const variances = ptr(3);
  const end = (<usize>min(int(4), (chunk + 1) * int(5))) << 4;
  for (let i: usize = (<usize>(chunk * int(5))) << 4; i < end; i += 16) {
    stepVector(gradients + i, means + i, variances + i, values + i);
  }
}

/** The sum of squares of a run of elements, as a float64 a chunk: sums of float32 lanes over 256 vectors at most. */
export function squaredNormChunk(chunk: i32): void {
  const elements = int(2);
  const block = int(3);
  const last = min(elements, (chunk + 1) * block);
  let total: f64 = 0;
  let i = chunk * block;
  while (i < last) {
    const until = min(last, i + 1024);
    let sums = f32x4.splat(0);
    for (; i + 4 <= until; i += 4) {
      const x = v128.load(ptr(0) + ((<usize>i) << 2));
      sums = madd(x, x, sums);
    }
    total += <f64>sumLanes(sums);
    for (; i < until; i++) {
      const x = <f64>load<f32>(ptr(0) + ((<usize>i) << 2));
      total += x * x;
    }
  }
  store<f64>(ptr(1) + (chunk << 3), total);
}

/** dy `[N, dim]`, indices `[N]` -> table `[rows, dim]`: a chunk owns a run of the table's rows and looks at all of N. */
export function embeddingGradChunk(chunk: i32): void {
  const count = int(3);
  const dim = int(4);
  const block = int(6);
  const from = chunk * block;
  const to = min(int(5), from + block);
  const bytes: usize = dim << 2;
  memory.fill(ptr(2) + <usize>from * bytes, 0, <usize>(to - from) * bytes);
  for (let n = 0; n < count; n++) {
    const row = load<i32>(ptr(1) + (n << 2));
    if (row < from || row >= to) continue;
    const dy = ptr(0) + <usize>n * bytes;
    const sum = ptr(2) + <usize>row * bytes;
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(dy + i)));
    }
    for (; i < bytes; i += 4) store<f32>(sum + i, load<f32>(sum + i) + load<f32>(dy + i));
  }
}

/** table `[rows, dim]`, indices `[N]` -> `[N, dim]`; a chunk is a run of n. Elements have 4 bytes. */
export function gatherRowsChunk(chunk: i32): void {
  const bytes: usize = int(4) << 2;
  const to = min(int(3), (chunk + 1) * int(5));
  for (let n = chunk * int(5); n < to; n++) {
    memory.copy(ptr(2) + <usize>n * bytes, ptr(0) + <usize>load<i32>(ptr(1) + (n << 2)) * bytes, bytes);
  }
}

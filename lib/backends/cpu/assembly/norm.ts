/** Root-mean-square and layer normalisation of rows, with their gradients. */
import { float, int, ptr } from "./job";
import { madd, sumLanes } from "./simd";

/** The sum of a row's elements, or of their squares. */
function sumRow(x: usize, dim: i32, squared: bool): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= dim; i += 8) {
    const a = v128.load(x + (i << 2));
    const b = v128.load(x + (i << 2), 16);
    s0 = squared ? madd(a, a, s0) : f32x4.add(a, s0);
    s1 = squared ? madd(b, b, s1) : f32x4.add(b, s1);
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (; i < dim; i++) {
    const a = load<f32>(x + (i << 2));
    sum += squared ? a * a : a;
  }
  return sum;
}

/** x `[rows, dim]`, weight `[dim]` -> y, inverse `[rows]`. */
export function rmsNormChunk(chunk: i32): void {
  const rows = int(4);
  const dim = int(5);
  const block = int(6);
  const weight = ptr(1);
  const offset = float(1);
  const last = min(rows, (chunk + 1) * block);
  for (let row = chunk * block; row < last; row++) {
    const x = ptr(0) + ((<usize>(row * dim)) << 2);
    const y = ptr(2) + ((<usize>(row * dim)) << 2);
    const inverse: f32 = 1 / sqrt<f32>(sumRow(x, dim, true) / <f32>dim + float(0));
    store<f32>(ptr(3) + (row << 2), inverse);
    const factor = f32x4.splat(inverse);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const w = f32x4.add(v128.load(weight + (i << 2)), f32x4.splat(offset));
      v128.store(y + (i << 2), f32x4.mul(f32x4.mul(v128.load(x + (i << 2)), factor), w));
    }
    for (; i < dim; i++) {
      store<f32>(y + (i << 2), load<f32>(x + (i << 2)) * inverse * (load<f32>(weight + (i << 2)) + offset));
    }
  }
}

/**
 * dx of dy, x, weight, inverse; and, where the address of the partial sums is not 0, this chunk's part of dweight,
 * `[chunks, dim]`.
 */
export function rmsNormGradChunk(chunk: i32): void {
  const rows = int(6);
  const dim = int(7);
  const block = int(8);
  const weight = ptr(2);
  const offset = float(0);
  const partial: usize = ptr(5) == 0 ? <usize>0 : ptr(5) + ((<usize>(chunk * dim)) << 2);
  if (partial) memory.fill(partial, 0, dim << 2);
  const last = min(rows, (chunk + 1) * block);
  for (let row = chunk * block; row < last; row++) {
    const at = (<usize>(row * dim)) << 2;
    const dy = ptr(0) + at;
    const x = ptr(1) + at;
    const dx = ptr(4) + at;
    const inverse = load<f32>(ptr(3) + (row << 2));
    // dx = inverse · (w dy - x · inverse² · mean(w dy x))
    let sums = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const scaled = f32x4.mul(
        v128.load(dy + (i << 2)),
        f32x4.add(v128.load(weight + (i << 2)), f32x4.splat(offset)),
      );
      sums = madd(scaled, v128.load(x + (i << 2)), sums);
    }
    let sum = sumLanes(sums);
    for (; i < dim; i++) {
      sum += load<f32>(dy + (i << 2)) * (load<f32>(weight + (i << 2)) + offset) * load<f32>(x + (i << 2));
    }
    const along: f32 = (-sum / <f32>dim) * inverse * inverse * inverse;
    i = 0;
    for (; i + 4 <= dim; i += 4) {
      const own = v128.load(x + (i << 2));
      const gradient = v128.load(dy + (i << 2));
      const scaled = f32x4.mul(gradient, f32x4.add(v128.load(weight + (i << 2)), f32x4.splat(offset)));
      if (partial) {
        const part = partial + (i << 2);
        v128.store(part, madd(f32x4.mul(gradient, own), f32x4.splat(inverse), v128.load(part)));
      }
      v128.store(dx + (i << 2), madd(own, f32x4.splat(along), f32x4.mul(scaled, f32x4.splat(inverse))));
    }
    for (; i < dim; i++) {
      const own = load<f32>(x + (i << 2));
      const gradient = load<f32>(dy + (i << 2));
      if (partial) {
        const part = partial + (i << 2);
        store<f32>(part, load<f32>(part) + gradient * own * inverse);
      }
      const scaled = gradient * (load<f32>(weight + (i << 2)) + offset);
      store<f32>(dx + (i << 2), own * along + scaled * inverse);
    }
  }
}

/** x `[rows, dim]`, weight and bias `[dim]` -> y, mean `[rows]`, inverse `[rows]`. */
export function layerNormChunk(chunk: i32): void {
  const rows = int(6);
  const dim = int(7);
  const block = int(8);
  const last = min(rows, (chunk + 1) * block);
  for (let row = chunk * block; row < last; row++) {
    const x = ptr(0) + ((<usize>(row * dim)) << 2);
    const y = ptr(3) + ((<usize>(row * dim)) << 2);
    const mean = sumRow(x, dim, false) / <f32>dim;
    let sums = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const centred = f32x4.sub(v128.load(x + (i << 2)), f32x4.splat(mean));
      sums = madd(centred, centred, sums);
    }
    let sum = sumLanes(sums);
    for (; i < dim; i++) {
      const centred = load<f32>(x + (i << 2)) - mean;
      sum += centred * centred;
    }
    const inverse: f32 = 1 / sqrt<f32>(sum / <f32>dim + float(0));
    store<f32>(ptr(4) + (row << 2), mean);
    store<f32>(ptr(5) + (row << 2), inverse);
    const factor = f32x4.splat(inverse);
    for (i = 0; i + 4 <= dim; i += 4) {
      const at: usize = i << 2;
      const normalised = f32x4.mul(f32x4.sub(v128.load(x + at), f32x4.splat(mean)), factor);
      v128.store(y + at, madd(normalised, v128.load(ptr(1) + at), v128.load(ptr(2) + at)));
    }
    for (; i < dim; i++) {
      const at: usize = i << 2;
      const normalised = (load<f32>(x + at) - mean) * inverse;
      store<f32>(y + at, normalised * load<f32>(ptr(1) + at) + load<f32>(ptr(2) + at));
    }
  }
}

/** dx, and, where the addresses of the partial sums are not 0, this chunk's part of dweight and dbias. */
export function layerNormGradChunk(chunk: i32): void {
  const rows = int(8);
  const dim = int(9);
  const block = int(10);
  const weight = ptr(2);
  const trains = ptr(6) != 0;
  const partialWeight = ptr(6) + ((<usize>(chunk * dim)) << 2);
  const partialBias = ptr(7) + ((<usize>(chunk * dim)) << 2);
  if (trains) {
    memory.fill(partialWeight, 0, dim << 2);
    memory.fill(partialBias, 0, dim << 2);
  }
  const last = min(rows, (chunk + 1) * block);
  for (let row = chunk * block; row < last; row++) {
    const at = (<usize>(row * dim)) << 2;
    const dy = ptr(0) + at;
    const x = ptr(1) + at;
    const dx = ptr(5) + at;
    const mean = load<f32>(ptr(3) + (row << 2));
    const inverse = load<f32>(ptr(4) + (row << 2));
    // dx = inverse · (w dy - mean(w dy) - normalised · mean(w dy normalised))
    const centre = f32x4.splat(mean);
    const factor = f32x4.splat(inverse);
    let plainSums = f32x4.splat(0);
    let alongSums = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const at: usize = i << 2;
      const scaled = f32x4.mul(v128.load(dy + at), v128.load(weight + at));
      plainSums = f32x4.add(plainSums, scaled);
      alongSums = madd(scaled, f32x4.sub(v128.load(x + at), centre), alongSums);
    }
    let plain = sumLanes(plainSums);
    let along = sumLanes(alongSums);
    for (; i < dim; i++) {
      const scaled = load<f32>(dy + (i << 2)) * load<f32>(weight + (i << 2));
      plain += scaled;
      along += scaled * (load<f32>(x + (i << 2)) - mean);
    }
    plain /= <f32>dim;
    along *= inverse / <f32>dim;
    for (i = 0; i + 4 <= dim; i += 4) {
      const at: usize = i << 2;
      const gradient = v128.load(dy + at);
      const normalised = f32x4.mul(f32x4.sub(v128.load(x + at), centre), factor);
      if (trains) {
        v128.store(partialWeight + at, madd(gradient, normalised, v128.load(partialWeight + at)));
        v128.store(partialBias + at, f32x4.add(gradient, v128.load(partialBias + at)));
      }
      const shifted = f32x4.sub(f32x4.mul(gradient, v128.load(weight + at)), f32x4.splat(plain));
      v128.store(dx + at, f32x4.mul(factor, f32x4.sub(shifted, f32x4.mul(normalised, f32x4.splat(along)))));
    }
    for (; i < dim; i++) {
      const at: usize = i << 2;
      const gradient = load<f32>(dy + at);
      const normalised = (load<f32>(x + at) - mean) * inverse;
      if (trains) {
        store<f32>(partialWeight + at, load<f32>(partialWeight + at) + gradient * normalised);
        store<f32>(partialBias + at, load<f32>(partialBias + at) + gradient);
      }
      store<f32>(dx + at, inverse * (gradient * load<f32>(weight + at) - plain - normalised * along));
    }
  }
}

/** Adds partial sums `[parts, dim]` in their order: a chunk is a run of columns. */
export function sumPartsChunk(chunk: i32): void {
  const parts = int(2);
  const dim = int(3);
  const block = int(4);
  const last = min(dim, (chunk + 1) * block);
  let i = chunk * block;
  for (; i + 4 <= last; i += 4) {
    let sum = f32x4.splat(0);
    for (let part = 0; part < parts; part++)
      sum = f32x4.add(sum, v128.load(ptr(0) + ((<usize>(part * dim + i)) << 2)));
    v128.store(ptr(1) + (i << 2), sum);
  }
  for (; i < last; i++) {
    let sum: f32 = 0;
    for (let part = 0; part < parts; part++) sum += load<f32>(ptr(0) + ((<usize>(part * dim + i)) << 2));
    store<f32>(ptr(1) + (i << 2), sum);
  }
}

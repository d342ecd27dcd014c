/** Arithmetic of tfjs, element by element, with the usual forms of broadcasting, and sums over rows. */
import { float, int, ptr } from "./job";
import { exp4, madd, maxLanes, sigmoid4, sumLanes, tanh4 } from "./simd";

/** add, subtract, multiply, divide, maximum, minimum, in the order of `binaryOperations` in JavaScript. */
function combine(a: v128, b: v128, operation: i32): v128 {
  switch (operation) {
    case 0:
      return f32x4.add(a, b);
    case 1:
      return f32x4.sub(a, b);
    case 2:
      return f32x4.mul(a, b);
    case 3:
      return f32x4.div(a, b);
    case 4:
      return f32x4.max(a, b);
    default:
      return f32x4.min(a, b);
  }
}

/** Both operands have the shape of the result; a chunk is a run of 16-byte vectors. */
export function binaryChunk(chunk: i32): void {
  const operation = int(5);
  const a = ptr(0);
  const b = ptr(1);
  const y = ptr(2);
  const end = (<usize>min(int(3), (chunk + 1) * int(4))) << 4;
  let i: usize = (<usize>(chunk * int(4))) << 4;
  if (operation == 0) {
    // Sums of residuals and gradients are most of all calls.
    for (; i < end; i += 16) v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
    return;
  }
  for (; i < end; i += 16) v128.store(y + i, combine(v128.load(a + i), v128.load(b + i), operation));
}

/** Where the operand of a row that is not full lies: as one number a row, or as one row for all. */
export function binaryRowsChunk(chunk: i32): void {
  const rows = int(3);
  const dim = int(4);
  const block = int(5);
  const operation = int(6);
  // Steps in elements: from row to row, and from element to element (0 or 1) of each operand.
  const rowA = int(7);
  const rowB = int(8);
  const stepA = int(9);
  const stepB = int(10);
  const last = min(rows, (chunk + 1) * block);
  for (let row = chunk * block; row < last; row++) {
    const a = ptr(0) + ((<usize>(row * rowA)) << 2);
    const b = ptr(1) + ((<usize>(row * rowB)) << 2);
    const y = ptr(2) + ((<usize>(row * dim)) << 2);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const left = stepA ? v128.load(a + (i << 2)) : v128.load32_splat(a);
      const right = stepB ? v128.load(b + (i << 2)) : v128.load32_splat(b);
      v128.store(y + (i << 2), combine(left, right, operation));
    }
    for (; i < dim; i++) {
      const left = f32x4.splat(load<f32>(a + ((i * stepA) << 2)));
      const right = f32x4.splat(load<f32>(b + ((i * stepB) << 2)));
      store<f32>(y + (i << 2), f32x4.extract_lane(combine(left, right, operation), 0));
    }
  }
}

/** e^x with 0 and infinity where they are the nearest float32. */
function exact(x: v128): v128 {
  let y = v128.andnot(exp4(x), f32x4.lt(x, f32x4.splat(-87.3)));
  const large = f32x4.gt(x, f32x4.splat(88));
  if (v128.any_true(large)) {
    // Here the exponent of a float32 does not hold the power of two: e^(x - 1) · e.
    const z = f32x4.mul(exp4(f32x4.sub(x, f32x4.splat(1))), f32x4.splat(2.718281828));
    y = v128.bitselect(z, y, large);
  }
  return v128.bitselect(f32x4.splat(Infinity), y, f32x4.gt(x, f32x4.splat(88.7228)));
}

/** tanh x whose error is small beside it near 0 too, where tanh4's is not: a polynomial there (Cephes' tanhf). */
function exactTanh(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = madd(f32x4.splat(-5.70498872745e-3), square, f32x4.splat(2.06390887954e-2));
  p = madd(p, square, f32x4.splat(-5.37397155531e-2));
  p = madd(p, square, f32x4.splat(1.33314422036e-1));
  p = madd(p, square, f32x4.splat(-3.33332819422e-1));
  const near = madd(f32x4.mul(p, square), x, x);
  return v128.bitselect(near, tanh4(x), f32x4.lt(f32x4.abs(x), f32x4.splat(0.625)));
}

/** negate, square, square root, its inverse, exponential, sigmoid, tanh, absolute value, rectifier, reciprocal. */
function apply(x: v128, operation: i32): v128 {
  switch (operation) {
    case 0:
      return f32x4.neg(x);
    case 1:
      return f32x4.mul(x, x);
    case 2:
      return f32x4.sqrt(x);
    case 3:
      return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
    case 4:
      return exact(x);
    case 5:
      return sigmoid4(x);
    case 6:
      return exactTanh(x);
    case 7:
      return f32x4.abs(x);
    case 8:
      return f32x4.max(x, f32x4.splat(0));
    default:
      return f32x4.div(f32x4.splat(1), x);
  }
}

/** A chunk is a run of 16-byte vectors. */
export function unaryChunk(chunk: i32): void {
  const operation = int(4);
  const end = (<usize>min(int(2), (chunk + 1) * int(3))) << 4;
  for (let i: usize = (<usize>(chunk * int(3))) << 4; i < end; i += 16) {
    v128.store(ptr(1) + i, apply(v128.load(ptr(0) + i), operation));
  }
}

/** x `[rows, dim]` -> the sum (0) or the largest element (1) of each row, times a factor. */
export function reduceRowsChunk(chunk: i32): void {
  const dim = int(3);
  const last = min(int(2), (chunk + 1) * int(4));
  for (let row = chunk * int(4); row < last; row++) {
    const x = ptr(0) + ((<usize>(row * dim)) << 2);
    store<f32>(ptr(1) + (row << 2), int(5) == 1 ? largest(x, dim) : sumPairwise(x, dim) * float(0));
  }
}

/** The largest element of a row, NaN when one is NaN; maxRow, which losses and attention use, passes over NaN. */
function largest(x: usize, count: i32): f32 {
  let best = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= count; i += 4) best = f32x4.max(best, v128.load(x + (i << 2)));
  let most = maxLanes(best);
  for (; i < count; i++) most = max<f32>(most, load<f32>(x + (i << 2)));
  return most;
}

/** The sum of a row by halves, so that its error grows with the logarithm of its length. */
function sumPairwise(x: usize, count: i32): f32 {
  if (count > 512) {
    const half = (count >> 1) & ~3;
    return sumPairwise(x, half) + sumPairwise(x + (half << 2), count - half);
  }
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) sums = f32x4.add(sums, v128.load(x + (i << 2)));
  let sum = sumLanes(sums);
  for (; i < count; i++) sum += load<f32>(x + (i << 2));
  return sum;
}

/** x `[rows, columns]` -> `[columns, rows]`, elements of 4 bytes; a chunk is a run of 32 columns. */
export function transposeChunk(chunk: i32): void {
  const rows = int(2);
  const columns = int(3);
  const from = chunk * 32;
  const to = min(columns, from + 32);
  for (let row0 = 0; row0 < rows; row0 += 32) {
    const rowEnd = min(rows, row0 + 32);
    for (let j = from; j < to; j++) {
      for (let i = row0; i < rowEnd; i++) {
        store<f32>(
          ptr(1) + ((<usize>(j * rows + i)) << 2),
          load<f32>(ptr(0) + ((<usize>(i * columns + j)) << 2)),
        );
      }
    }
  }
}

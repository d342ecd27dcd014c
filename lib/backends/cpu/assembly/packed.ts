/** Products through weights that stay packed: a block of rows is unpacked into scratch memory and used at once. */
import { gemm } from "./gemm";
import { float, int, ptr } from "./job";
import { scratch } from "./scratch";

const bf16: i32 = 0;
const f16: i32 = 1;
const int8: i32 = 2;

/** Elements of an unpacked block. */
export const blockElements: i32 = 131072;

/** Eight bf16 numbers are the high halves of float32 numbers. */
function unpackBf16(from: usize, to: usize): void {
  const x = v128.load(from);
  v128.store(to, i32x4.shl(i32x4.extend_low_i16x8_u(x), 16));
  v128.store(to, i32x4.shl(i32x4.extend_high_i16x8_u(x), 16), 16);
}

/** Four float16 numbers in the low halves of the lanes: the exponent is moved by a product, which mends subnormals too. */
function widen(x: v128): v128 {
  const sign = i32x4.shl(v128.and(x, i32x4.splat(0x8000)), 16);
  const rest = v128.and(x, i32x4.splat(0x7fff));
  const scaled = f32x4.mul(i32x4.shl(rest, 13), f32x4.splat(5.192296858534828e33)); // 2^112
  const special = v128.and(i32x4.gt_s(rest, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(scaled, special), sign);
}

function unpackF16(from: usize, to: usize): void {
  const x = v128.load(from);
  v128.store(to, widen(i32x4.extend_low_i16x8_u(x)));
  v128.store(to, widen(i32x4.extend_high_i16x8_u(x)), 16);
}

function unpackInt8(from: usize, to: usize, scale: v128): void {
  const x = v128.load_ext<i8>(from);
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x)), scale));
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x)), scale), 16);
}

/** Four bytes are eight 4-bit codes; `pairs` holds both values of each of the 256 bytes. */
function unpack4bit(from: usize, to: usize, pairs: usize, scale: v128): void {
  for (let i: usize = 0; i < 4; i += 2) {
    const first = v128.load64_zero(pairs + ((<usize>load<u8>(from + i)) << 3));
    const both = v128.load64_lane(pairs + ((<usize>load<u8>(from + i, 1)) << 3), first, 1);
    v128.store(to + (i << 3), f32x4.mul(both, scale));
  }
}

/** One element of the flattened weight, for what is left over at the ends of blocks. */
function unpackOne(codes: usize, pairs: usize, format: i32, element: i32, scale: f32): f32 {
  if (format == bf16) return reinterpret<f32>((<u32>load<u16>(codes + (element << 1))) << 16);
  if (format == f16) return f32x4.extract_lane(widen(i32x4.splat(load<u16>(codes + (element << 1)))), 0);
  if (format == int8) return (<f32>load<i8>(codes + element) * scale) / 127;
  const byte = <usize>load<u8>(codes + (element >> 1));
  return load<f32>(pairs + (byte << 3) + ((element & 1) << 2)) * scale;
}

/** `count` elements of the flattened weight from `element` on, all of one scale, to `to`. */
function unpackRun(
  to: usize,
  codes: usize,
  pairs: usize,
  format: i32,
  element: i32,
  count: i32,
  scale: f32,
): void {
  let i = 0;
  // Whole groups of eight start at an even element, so that a 4-bit code's byte is not cut.
  if (element & 1 && count > 0) {
    store<f32>(to, unpackOne(codes, pairs, format, element, scale));
    i = 1;
  }
  if (format == bf16) {
    for (; i + 8 <= count; i += 8) unpackBf16(codes + ((element + i) << 1), to + (i << 2));
  } else if (format == f16) {
    for (; i + 8 <= count; i += 8) unpackF16(codes + ((element + i) << 1), to + (i << 2));
  } else if (format == int8) {
    const by = f32x4.splat(scale / 127);
    for (; i + 8 <= count; i += 8) unpackInt8(codes + element + i, to + (i << 2), by);
  } else {
    const by = f32x4.splat(scale);
    for (; i + 8 <= count; i += 8) unpack4bit(codes + ((element + i) >> 1), to + (i << 2), pairs, by);
  }
  for (; i < count; i++) {
    store<f32>(to + (i << 2), unpackOne(codes, pairs, format, element + i, scale));
  }
}

/** A scale that is held in 8 bits. */
function nestedScale(codes: usize, absmax: usize, map: usize, i: i32, blockSize: i32, offset: f32): f32 {
  const value = load<f32>(map + ((<usize>load<u8>(codes + i)) << 2));
  return value * load<f32>(absmax + ((i / blockSize) << 2)) + offset;
}

/**
 * Columns [column, column + count) of some rows of the weight, unpacked to `[rows, count]`. Where int 13 is not 0 it is the number of
 * scales that share an outer one, and the scales are their codes.
 */
function unpackBlock(to: usize, row0: i32, rows: i32, column: i32, count: i32): void {
  const codes = ptr(1);
  const scales = ptr(2);
  const pairs = ptr(4);
  const columns = int(7);
  const format = int(8);
  const blockSize = int(9);
  const absmax = ptr(11);
  const map = ptr(12);
  const nested = int(13);
  const offset = float(0);
  for (let row = row0; row < row0 + rows; row++) {
    const start = row * columns + column;
    if (format <= int8) {
      const scale: f32 = format == int8 ? load<f32>(scales + (row << 2)) : 1;
      unpackRun(to, codes, pairs, format, start, count, scale);
      to += count << 2;
      continue;
    }
    let done = 0;
    while (done < count) {
      const element = start + done;
      const scaleIndex = element / blockSize;
      const run = min(count - done, (scaleIndex + 1) * blockSize - element);
      const scale = nested
        ? nestedScale(scales, absmax, map, scaleIndex, nested, offset)
        : load<f32>(scales + (scaleIndex << 2));
      unpackRun(to, codes, pairs, format, element, run, scale);
      to += run << 2;
      done += run;
    }
  }
}

/** Scales in 8 bits -> float32; a chunk is a run of whole blocks. */
export function nestedScalesChunk(chunk: i32): void {
  const to = ptr(3);
  const blockSize = int(5);
  const from = chunk * int(6) * blockSize;
  const last = min(int(4), from + int(6) * blockSize);
  for (let i = from; i < last; i++) {
    store<f32>(to + (i << 2), nestedScale(ptr(0), ptr(1), ptr(2), i, blockSize, float(0)));
  }
}

/** Rows at a time of `count`: nearly equal parts, each of at most `most` rows and of whole tiles of eight. */
function evenStep(count: i32, most: i32): i32 {
  if (count <= most) return count;
  const pieces = (count + most - 1) / most;
  return min(most, ((count + pieces - 1) / pieces + 7) & ~7);
}

/**
 * x `[m, in]` through W `[out, in]`: a chunk is a block of rows of W, which are columns of y `[m, out]`.
 */
export function packedForwardChunk(chunk: i32): void {
  const m = int(5);
  const out = int(6);
  const columns = int(7);
  const block = int(10);
  const last = min(out, (chunk + 1) * block);
  const width = min(columns, blockElements);
  const step = evenStep(last - chunk * block, blockElements / width);
  const weight = scratch();
  for (let row = chunk * block; row < last; row += step) {
    const rows = min(step, last - row);
    const y = ptr(3) + (row << 2);
    // Rows that are longer than a block are taken in pieces, whose products add up.
    for (let column = 0; column < columns; column += width) {
      const count = min(width, columns - column);
      const x = ptr(0) + (column << 2);
      unpackBlock(weight, row, rows, column, count);
      gemm(false, true, m, rows, count, 1, x, columns, weight, count, column == 0 ? 0 : 1, y, out);
    }
  }
}

/** dy `[m, out]` through W: a chunk is a block of columns of W, which are columns of dx `[m, in]`. */
export function packedTransposedChunk(chunk: i32): void {
  const m = int(5);
  const out = int(6);
  const columns = int(7);
  const block = int(10);
  const column = chunk * block;
  const count = min(block, columns - column);
  const step = evenStep(out, blockElements / count);
  const weight = scratch();
  for (let row = 0; row < out; row += step) {
    const rows = min(step, out - row);
    unpackBlock(weight, row, rows, column, count);
    gemm(
      false,
      false,
      m,
      count,
      rows,
      1,
      ptr(0) + (row << 2),
      out,
      weight,
      count,
      row == 0 ? 0 : 1,
      ptr(3) + (column << 2),
      columns,
    );
  }
}

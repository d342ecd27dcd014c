/** The tiles of a product: which micro-kernel makes them, and those at an edge. */
import { edgeBytes, panelBytes, panels } from "./scratch";
import { multiply5x8 } from "./tile-5x8";
import { multiply6x8 } from "./tile-6x8";

/** Rows and columns of a tile. */
export const rows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
export const columns: i32 = 8;

/**
 * A tile from packed strips of both operands, written to C or added to it; `step` is the bytes from one row of C to the
 * next. The module exports it, which keeps the compiler from inlining it: within another function its sums would not all
 * stay in registers.
 */
export function multiplyTile(
  a: usize,
  stepA: usize,
  b: usize,
  stepB: usize,
  depth: i32,
  accumulate: bool,
  c: usize,
  step: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) multiply6x8(a, stepA, b, stepB, depth, accumulate, c, step);
  else multiply5x8(a, stepA, b, stepB, depth, accumulate, c, step);
}

/**
 * A tile at the right or lower edge of C: the whole tile is made aside, `height` x `width` elements of it are kept. They
 * are rounded as those of a whole tile are, so that where the blocks of a product end changes no bit of it.
 */
export function multiplyEdge(
  a: usize,
  stepA: usize,
  b: usize,
  stepB: usize,
  depth: i32,
  accumulate: bool,
  c: usize,
  step: usize,
  height: i32,
  width: i32,
): void {
  const tile = panels() + panelBytes - edgeBytes;
  multiplyTile(a, stepA, b, stepB, depth, false, tile, columns << 2);
  for (let i = 0; i < height; i++) {
    const row = tile + ((i * columns) << 2);
    if (width == columns) {
      const low = v128.load(row);
      const high = v128.load(row, 16);
      v128.store(c, accumulate ? f32x4.add(low, v128.load(c)) : low);
      v128.store(c, accumulate ? f32x4.add(high, v128.load(c, 16)) : high, 16);
    } else {
      for (let j = 0; j < width; j++) {
        const at = c + (j << 2);
        const sum = load<f32>(row + (j << 2));
        store<f32>(at, accumulate ? sum + load<f32>(at) : sum);
      }
    }
    c += step;
  }
}

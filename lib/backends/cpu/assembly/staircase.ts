/**
 * Products of causal attention, in which one matrix is a staircase: row r has elements in the columns before `stair + r`
 * alone. Tiles that lie behind the stairs are left out.
 */
import { columns, rows } from "./tile";

/** Nothing is left out. */
export const noStairs: i32 = 0;
/** C is a staircase; what is behind the stairs is not written. */
export const stairsInC: i32 = 1;
/** op(A) is a staircase; as far as a strip of rows reaches behind the stairs it has to be 0. */
export const stairsInA: i32 = 2;
/** op(A) is the transpose of a staircase, with the same condition. */
export const stairsAcrossA: i32 = 3;

/** Columns behind the stairs that a tile may read or write beside others that count. */
export const stairMargin: i32 = 8;

/** The columns of the tiles of C in the strip of rows at `row`, of `width` at column `column`. */
export function widthOf(form: i32, stair: i32, row: i32, column: i32, width: i32): i32 {
  if (form != stairsInC) return width;
  return max(0, min(width, stair + row + rows - 1 - column));
}

/** The first of the `depth` elements from `from` on that the strip of op(A) at `row` has. */
export function depthFrom(form: i32, stair: i32, row: i32, from: i32, depth: i32): i32 {
  return form == stairsAcrossA ? max(0, min(depth, row - stair + 1 - from)) : 0;
}

/** The end of those elements. */
export function depthTo(form: i32, stair: i32, row: i32, from: i32, depth: i32): i32 {
  return form == stairsInA ? max(0, min(depth, stair + row + rows - 1 - from)) : depth;
}

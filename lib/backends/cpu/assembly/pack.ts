/** Copies blocks of the operands of a product into strips, in the order in which the micro-kernel reads them. */
import { scaleRow } from "./softmax";
import { columns, rows } from "./tile";

/** A strip of rows of op(A), `count` of them from `row` on, depth k0 …: `[depth][rows]`, missing rows zero, times alpha. */
export function packRows(
  to: usize,
  a: usize,
  lda: i32,
  transposed: bool,
  row: i32,
  count: i32,
  k0: i32,
  depth: i32,
  alpha: f32,
): void {
  const rowStep = (transposed ? 1 : lda) << 2;
  const depthStep = (transposed ? lda : 1) << 2;
  const from = a + <usize>row * rowStep + <usize>k0 * depthStep;
  if (count < rows) packSomeRows(to, from, rowStep, depthStep, count, depth);
  else if (transposed) copyRows(to, from, depthStep, depth);
  else turnRows(to, from, rowStep, depth);
  if (alpha != 1) scaleRow(to, depth * rows, alpha);
}

/** A strip whose elements of one depth lie behind each other. */
function copyRows(to: usize, from: usize, depthStep: usize, depth: i32): void {
  for (let p = 0; p < depth; p++) {
    v128.store(to, v128.load(from));
    if (rows == 6) store<u64>(to, load<u64>(from, 16), 16);
    else store<u32>(to, load<u32>(from, 16), 16);
    from += depthStep;
    to += rows << 2;
  }
}

/** A strip of stored rows, four depths at a time. */
function turnRows(to: usize, from: usize, step: usize, depth: i32): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    transpose4(to, from, step, rows << 2);
    const fifth = v128.load(from + 4 * step);
    if (rows == 6) {
      const sixth = v128.load(from + 5 * step);
      const low = v128.shuffle<f32>(fifth, sixth, 0, 4, 1, 5);
      const high = v128.shuffle<f32>(fifth, sixth, 2, 6, 3, 7);
      v128.store64_lane(to, low, 0, 16);
      v128.store64_lane(to, low, 1, 40);
      v128.store64_lane(to, high, 0, 64);
      v128.store64_lane(to, high, 1, 88);
    } else {
      v128.store32_lane(to, fifth, 0, 16);
      v128.store32_lane(to, fifth, 1, 36);
      v128.store32_lane(to, fifth, 2, 56);
      v128.store32_lane(to, fifth, 3, 76);
    }
    from += 16;
    to += rows << 4;
  }
  packSomeRows(to, from, step, 4, rows, depth - p);
}

/** A strip of which only `count` rows are there, or what four depths at a time leave over. */
function packSomeRows(
  to: usize,
  from: usize,
  rowStep: usize,
  depthStep: usize,
  count: i32,
  depth: i32,
): void {
  for (let p = 0; p < depth; p++) {
    for (let r = 0; r < rows; r++) {
      store<f32>(to + (r << 2), r < count ? load<f32>(from + r * rowStep) : 0);
    }
    from += depthStep;
    to += rows << 2;
  }
}

/** Columns n0 … of op(B), depth k0 …, as strips of 8 columns: `[strip][depth][8]`, missing columns zero. */
export function packColumns(
  to: usize,
  b: usize,
  ldb: i32,
  transposed: bool,
  n0: i32,
  width: i32,
  k0: i32,
  depth: i32,
): void {
  const columnStep = (transposed ? ldb : 1) << 2;
  const depthStep = (transposed ? 1 : ldb) << 2;
  for (let j = 0; j < width; j += columns) {
    const count = min(columns, width - j);
    let from = b + <usize>(n0 + j) * columnStep + <usize>k0 * depthStep;
    if (count == columns && !transposed) {
      for (let p = 0; p < depth; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += depthStep;
        to += 32;
      }
    } else if (count == columns) {
      packTransposed(to, from, columnStep, depth);
      to += depth << 5;
    } else {
      for (let p = 0; p < depth; p++) {
        for (let r = 0; r < columns; r++) {
          store<f32>(to + (r << 2), r < count ? load<f32>(from + r * columnStep) : 0);
        }
        from += depthStep;
        to += 32;
      }
    }
  }
}

/** Eight stored rows turned into a strip `[depth][8]`, four depths at a time. */
function packTransposed(to: usize, from: usize, step: usize, depth: i32): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    transpose4(to, from, step, 32);
    transpose4(to + 16, from + 4 * step, step, 32);
    from += 16;
    to += 128;
  }
  for (; p < depth; p++) {
    for (let r = 0; r < columns; r++) store<f32>(to + (r << 2), load<f32>(from + r * step));
    from += 4;
    to += 32;
  }
}

/** A 4x4 block: rows `step` bytes apart become columns, `depthBytes` from one depth to the next. */
function transpose4(to: usize, from: usize, step: usize, depthBytes: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + step);
  const r2 = v128.load(from + 2 * step);
  const r3 = v128.load(from + 3 * step);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  to += depthBytes;
  v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

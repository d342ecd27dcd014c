/** Batched matrix products in chunks, and products of a few rows at the speed of the memory. */
import { gemm } from "./gemm";
import { float, int, ptr } from "./job";
import { madd, sumLanes } from "./simd";

/** One block of one product of a batch: the chunk's number counts columns, then rows, then products. */
export function matMulChunk(chunk: i32): void {
  const m = int(5);
  const n = int(6);
  const k = int(7);
  const lda = int(8);
  const ldb = int(9);
  const ldc = int(10);
  const blockM = int(11);
  const blockN = int(12);
  const transposeA = int(3) != 0;
  const transposeB = int(4) != 0;
  const acrossN = (n + blockN - 1) / blockN;
  const acrossM = (m + blockM - 1) / blockM;
  const j = (chunk % acrossN) * blockN;
  const i = ((chunk / acrossN) % acrossM) * blockM;
  const product = chunk / (acrossN * acrossM);
  // A product of the batch may share its operand with others: then the step is 0.
  const a = ptr(0) + <usize>(product / int(16)) * ((<usize>ptr(13)) << 2);
  const b = ptr(1) + <usize>(product / int(17)) * ((<usize>ptr(14)) << 2);
  const c = ptr(2) + <usize>product * ((<usize>ptr(15)) << 2);
  const height = min(blockM, m - i);
  const width = min(blockN, n - j);
  const to = c + ((<usize>(i * ldc + j)) << 2);
  const rank = int(20);
  if (rank > 0) {
    // The block stays in the core's cache until the larger product adds to it.
    const low = ptr(18) + ((<usize>(i * rank)) << 2);
    const factor = ptr(19) + ((<usize>(transposeB ? j * rank : j)) << 2);
    gemm(
      false,
      transposeB,
      height,
      width,
      rank,
      float(2),
      low,
      rank,
      factor,
      transposeB ? rank : n,
      0,
      to,
      ldc,
    );
  }
  gemm(
    transposeA,
    transposeB,
    height,
    width,
    k,
    float(0),
    a + ((<usize>(transposeA ? i : i * lda)) << 2),
    lda,
    b + ((<usize>(transposeB ? j * ldb : j)) << 2),
    ldb,
    rank > 0 ? 1 : float(1),
    to,
    ldc,
  );
}

/** `y = alpha x Wᵀ + beta y` of one row x `[k]` and some of the rows of W `[n, k]`: each element of W is read once. */
function rowByRows(x: usize, w: usize, y: usize, from: i32, to: i32, k: i32, alpha: f32, beta: f32): void {
  const bytes = (<usize>k) << 2;
  for (let j = from; j < to; j++) {
    const row = w + <usize>j * bytes;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let p: usize = 0;
    for (; p + 64 <= bytes; p += 64) {
      s0 = madd(v128.load(x + p), v128.load(row + p), s0);
      s1 = madd(v128.load(x + p, 16), v128.load(row + p, 16), s1);
      s2 = madd(v128.load(x + p, 32), v128.load(row + p, 32), s2);
      s3 = madd(v128.load(x + p, 48), v128.load(row + p, 48), s3);
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (; p < bytes; p += 4) sum += load<f32>(x + p) * load<f32>(row + p);
    const at = y + ((<usize>j) << 2);
    store<f32>(at, alpha * sum + (beta == 0 ? 0 : beta * load<f32>(at)));
  }
}

/** `y = alpha x Wᵀ + beta y` of a few rows x `[m, k]` and W `[n, k]`; a chunk is a run of rows of W. */
export function fewRowsChunk(chunk: i32): void {
  const m = int(3);
  const n = int(4);
  const k = int(5);
  const block = int(6);
  const from = chunk * block;
  const to = min(n, from + block);
  for (let i = 0; i < m; i++) {
    const x = ptr(0) + ((<usize>(i * k)) << 2);
    const y = ptr(2) + ((<usize>(i * n)) << 2);
    rowByRows(x, ptr(1), y, from, to, k, float(0), float(1));
  }
}

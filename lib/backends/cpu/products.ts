/** Matrix products: how they are cut into chunks, and the kernels of tfjs that are products. */
import * as tf from "@tensorflow/tfjs-core";
import { cpuBackendName, ownBackend, type ResidencyCpuBackend } from "./backend.ts";
import type { Job } from "./kernel-runner.ts";

/** `C = alpha op(A) op(B) + beta C`; addresses in bytes, extents and steps in elements. */
export interface Product {
  a: number;
  b: number;
  c: number;
  m: number;
  n: number;
  k: number;
  transposeA?: boolean;
  transposeB?: boolean;
  /** Elements from one stored row to the next; the number of columns when left out. */
  lda?: number;
  ldb?: number;
  ldc?: number;
  alpha?: number;
  /** 0 or 1. */
  beta?: number;
  /** How many products stand behind each other, and which of them share an operand. */
  batch?: { count: number; shareA: number; shareB: number };
  /** Another product `alpha a op(b)`, of depth k, that each block of C begins with; b is turned where the other is. For beta 0. */
  lowRank?: { a: number; b: number; k: number; alpha: number };
}

/** Below this many operations a product runs on the calling thread: waking another takes as long. */
const loneOperations = 200_000;

/** Extents of blocks are multiples of this, which the micro-kernels of every build and of the usual BLAS fill (nearly). */
const tileUnit = 16;

/** Multiplications that take as long as to pack one element. */
const packingCost = 8;

/**
 * The block that cuts m x n into at least `parts` of them so that the largest is soonest done: its arithmetic, and the
 * packing of its parts of both operands, an element of which takes as long as some multiplications.
 */
function blocks(m: number, n: number, parts: number): { blockM: number; blockN: number } {
  let best = { blockM: m, blockN: n, cost: Infinity };
  for (let acrossM = 1; acrossM <= parts; acrossM++) {
    const acrossN = Math.ceil(parts / acrossM);
    const blockM = acrossM === 1 ? m : Math.ceil(m / acrossM / tileUnit) * tileUnit;
    const blockN = acrossN === 1 ? n : Math.ceil(n / acrossN / tileUnit) * tileUnit;
    const count = Math.ceil(m / blockM) * Math.ceil(n / blockN);
    const turns = Math.ceil(count / parts) * (count < parts ? parts / count : 1);
    const cost = turns * (blockM * blockN + packingCost * (blockM + blockN));
    if (cost < best.cost) best = { blockM, blockN, cost };
  }
  return best;
}

/** Runs a product on all threads. */
export function multiply(backend: ResidencyCpuBackend, product: Product): void {
  const { a, b, c, m, n, k, transposeA = false, transposeB = false, alpha = 1, beta = 0 } = product;
  const { runner } = backend;
  const { lowRank, lda = k, ldb = k, ldc = n } = product;
  const dense = lda === k && ldb === k && ldc === n;
  const isOne = product.batch === undefined || product.batch.count === 1;
  if (m > 0 && m <= 4 && !transposeA && transposeB && isOne && dense) {
    // As when one token is generated through an adapter.
    if (lowRank) {
      const { a: low, b: factor, k: rank, alpha: by } = lowRank;
      multiply(backend, { a: low, b: factor, c, m, n, k: rank, transposeB, alpha: by });
    }
    // Few rows are as fast as the weight can be read.
    const block = Math.max(16, Math.ceil(n / (8 * runner.threads)));
    const chunks = n * k < 32_768 ? 1 : Math.ceil(n / block);
    runner.run("fewRows", chunks, [a, b, c, m, n, k, chunks === 1 ? n : block], [alpha, lowRank ? 1 : beta]);
    return;
  }
  runner.runTogether([jobOf(product, runner.threads)]);
}

/** Runs products none of which reads another's C, on all threads, which do not wait for each other between them. */
export function multiplyTogether(backend: ResidencyCpuBackend, products: readonly Product[]): void {
  const { runner } = backend;
  runner.runTogether(products.map((product) => jobOf(product, runner.threads)));
}

/** A product cut for a number of threads. */
function jobOf(product: Product, threads: number): Job {
  const { a, b, c, m, n, k, transposeA = false, transposeB = false, alpha = 1, beta = 0, lowRank } = product;
  const { count, shareA, shareB } = product.batch ?? { count: 1, shareA: 1, shareB: 1 };
  const { lda = transposeA ? m : k, ldb = transposeB ? k : n, ldc = n } = product;
  if (m === 0 || n === 0 || count === 0) return { kernel: "matMul", chunks: 0, integers: [] };
  const operations = 2 * m * n * k * count;
  const parts = operations < loneOperations ? 1 : threads * (operations > 4e9 && threads > 1 ? 2 : 1);
  const { blockM, blockN } = blocks(m, n, Math.max(1, Math.ceil(parts / count)));
  const chunks = Math.ceil(m / blockM) * Math.ceil(n / blockN) * count;
  const integers = [a, b, c, transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, lda, ldb, ldc, blockM, blockN];
  const extra = lowRank ? [lowRank.a, lowRank.b, lowRank.k] : [0, 0, 0];
  const steps = [m * k, k * n, m * n, shareA, shareB];
  return {
    kernel: "matMul",
    chunks,
    integers: [...integers, ...steps, ...extra],
    floats: [alpha, beta, lowRank?.alpha ?? 0],
  };
}

const product = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The attributes of tfjs' products. */
interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

/** Whether each product of the result's batch is fed by runs of equal length of the operand's: [2] to [2, 3], not [3] to [2, 3]. */
function sharing(operand: readonly number[], result: readonly number[]): number | undefined {
  const own = product(operand);
  const all = product(result);
  if (own === all) return 1;
  if (own === 1) return all;
  const padded = [...new Array<number>(result.length - operand.length).fill(1), ...operand];
  const split = padded.findIndex((extent, i) => extent !== result[i]);
  return padded.slice(split).every((extent) => extent === 1) ? all / own : undefined;
}

/** Which matrix of an operand, whose extents before the last two are `operand`, product `index` of the result's batch reads. */
function matrixOf(operand: readonly number[], result: readonly number[], index: number): number {
  let [rest, matrix, step] = [index, 0, 1];
  for (let back = 1; back <= result.length; back++) {
    const extent = operand[operand.length - back] ?? 1;
    const along = rest % result[result.length - back]!;
    rest = (rest - along) / result[result.length - back]!;
    if (extent > 1) matrix += along * step;
    step *= extent;
  }
  return matrix;
}

function batchMatMul(call: Parameters<tf.KernelFunc>[0], fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA, transposeB } = call.attrs as unknown as MatMulAttributes;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shareA = sharing(a.shape.slice(0, -2), outer);
  const shareB = sharing(b.shape.slice(0, -2), outer);
  if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(call) as tf.TensorInfo;
  const out = backend.makeUninitialised([...outer, m, n]);
  const atA = backend.addressOf(a);
  const atB = backend.addressOf(b);
  const atC = backend.addressOf(out);
  const count = product(outer);
  if (shareA !== undefined && shareB !== undefined) {
    const batch = { count, shareA, shareB };
    multiply(backend, { a: atA, b: atB, c: atC, m, n, k, transposeA, transposeB, batch });
    return out;
  }
  // Both are broadcast, or one along its first dimensions, which tfjs-backend-cpu gets wrong.
  for (let i = 0; i < count; i++) {
    multiply(backend, {
      m,
      n,
      k,
      transposeA,
      transposeB,
      a: atA + 4 * m * k * matrixOf(a.shape.slice(0, -2), outer, i),
      b: atB + 4 * k * n * matrixOf(b.shape.slice(0, -2), outer, i),
      c: atC + 4 * m * n * i,
    });
  }
  return out;
}

/** Registers BatchMatMul; what it cannot do goes to the kernel of tfjs-backend-cpu. */
export function registerProducts(): void {
  const fallback = tf.getKernel("BatchMatMul", "cpu").kernelFunc;
  tf.registerKernel({
    kernelName: "BatchMatMul",
    backendName: cpuBackendName,
    kernelFunc: (call) => batchMatMul(call, fallback),
  });
}

/** A process of products.test.ts: what the backend runs on, its products beside float64, and the bits of a training run. */
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import { bestKernelBuild, startCpu } from "../../../../lib/backends/cpu/index.ts";
import * as ops from "../../../../lib/ops/index.ts";
import { modelFromConfig, initializeWeights } from "../../../../lib/models/index.ts";
import { seededRandom } from "../../../../lib/random.ts";
import { ensureBackend } from "../../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../../lib/train/index.ts";

/** What the process prints. */
export interface ProductsReport {
  reason: string;
  threads: number;
  build: string;
  bestBuild: string;
  hasBlas: boolean;
  blasReason: string;
  /** The largest difference from float64 of each product, as a part of its largest number. */
  errors: Record<string, number>;
  /** Of all products that threads may divide. */
  productBits: string;
  losses: number[];
  weightBits: string;
}

const random = seededRandom(3);
const normals = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.normal());

/** `op(a) op(b)` of one product of a batch, in float64. */
function define(
  a: Float32Array,
  b: Float32Array,
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum += a[transposeA ? p * m + i : i * k + p]! * b[transposeB ? j * k + p : p * n + j]!;
      }
      c[i * n + j] = sum;
    }
  }
  return c;
}

function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!);
    error = Number.isNaN(difference) ? Infinity : Math.max(error, difference);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return found.length === expected.length ? error / Math.max(largest, 1e-3) : Infinity;
}

const flags = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
const hash = createHash("sha256");

function products(errors: Record<string, number>): void {
  for (const [m, k, n] of [
    [1, 1, 1],
    [3, 5, 7],
    [4, 129, 65],
    [2, 700, 300],
    [17, 63, 129],
    [65, 17, 5],
    [129, 130, 131],
    [100, 800, 97],
    [97, 385, 401],
    [131, 768, 8],
    [1501, 384, 8],
    [4, 90, 8],
    [61, 333, 16],
    [0, 3, 2],
    [3, 0, 2],
    [2, 3, 0],
  ] as const) {
    const [a, b] = [normals(m * k), normals(k * n)];
    for (const [transposeA, transposeB] of flags) {
      const c = tf.tidy(() =>
        tf.matMul(
          tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
          tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
          transposeA,
          transposeB,
        ),
      );
      const found = c.dataSync<"float32">();
      hash.update(found);
      const name = `${m} x ${k} x ${n}${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`;
      errors[name] = relativeError(found, define(a, b, [m, k, n], [transposeA, transposeB]));
      c.dispose();
    }
  }
}

/** Products whose batches are broadcast: the shapes of both operands before the last two dimensions, and of the result. */
function batches(errors: Record<string, number>): void {
  const [m, k, n] = [7, 9, 5] as const;
  for (const [outerA, outerB, outer] of [
    [[6], [6], [6]],
    [[2, 3], [1], [2, 3]],
    [
      [1, 3],
      [2, 1],
      [2, 3],
    ],
    [
      [2, 1],
      [2, 3],
      [2, 3],
    ],
    [[3], [2, 3], [2, 3]],
    [[], [4], [4]],
  ] as const) {
    const [sizeA, sizeB, size] = [outerA, outerB, outer].map(
      tf.util.sizeFromShape as (shape: readonly number[]) => number,
    ) as [number, number, number];
    const [a, b] = [normals(sizeA * m * k), normals(sizeB * k * n)];
    const place = (operand: readonly number[], index: number): number => {
      let [rest, at, step] = [index, 0, 1];
      for (let axis = 1; axis <= outer.length; axis++) {
        const extent = operand[operand.length - axis] ?? 1;
        const own = rest % outer[outer.length - axis]!;
        rest = Math.floor(rest / outer[outer.length - axis]!);
        at += (extent === 1 ? 0 : own) * step;
        step *= extent;
      }
      return at;
    };
    for (const [transposeA, transposeB] of flags) {
      const expected = Array.from({ length: size }, (_, i) => {
        const [atA, atB] = [place(outerA, i) * m * k, place(outerB, i) * k * n];
        return [
          ...define(
            a.subarray(atA, atA + m * k),
            b.subarray(atB, atB + k * n),
            [m, k, n],
            [transposeA, transposeB],
          ),
        ];
      }).flat();
      const c = tf.tidy(() =>
        tf.matMul(
          tf.tensor(a, [...outerA, ...(transposeA ? [k, m] : [m, k])]),
          tf.tensor(b, [...outerB, ...(transposeB ? [n, k] : [k, n])]),
          transposeA,
          transposeB,
        ),
      );
      errors[
        `[${outerA.join()}] and [${outerB.join()}]${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`
      ] = relativeError(c.dataSync(), expected);
      c.dispose();
    }
  }
}

/** Additions in place, with a factor: what LoRA does. */
function additions(errors: Record<string, number>): void {
  for (const [m, k, n] of [
    [1, 8, 300],
    [129, 8, 261],
    [131, 400, 97],
  ] as const) {
    for (const [transposeA, transposeB] of flags) {
      const [into, a, b] = [normals(m * n), normals(m * k), normals(k * n)];
      const expected = define(a, b, [m, k, n], [transposeA, transposeB]).map(
        (value, i) => into[i]! + 0.3 * value,
      );
      const found = tf.tidy(() =>
        ops
          .addMatMul(
            tf.tensor2d(into, [m, n]),
            tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
            tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
            { transposeA, transposeB, scale: 0.3 },
          )
          .dataSync<"float32">(),
      );
      hash.update(found);
      errors[`into ${m} x ${k} x ${n} ${transposeA} ${transposeB}`] = relativeError(found, expected);
    }
  }
}

/** A frozen layer with a low-rank addition, of the few rows of generation and of many. */
function lowRankAdditions(errors: Record<string, number>): void {
  const [k, n, r] = [200, 301, 8] as const;
  for (const m of [1, 4, 5, 131]) {
    const [x, w, a, b] = [normals(m * k), normals(n * k), normals(r * k), normals(n * r)];
    const low = Float32Array.from(define(x, a, [m, k, r], [false, true]));
    const addition = define(low, b, [m, r, n], [false, true]);
    const expected = define(x, w, [m, k, n], [false, true]).map((value, i) => value + 0.5 * addition[i]!);
    const found = tf.tidy(() => {
      const weight = tf.tensor2d(w, [n, k]);
      const lowRank = { a: tf.tensor2d(a, [r, k]), b: tf.tensor2d(b, [n, r]), scaling: 0.5 };
      const frozen = { weight, transposed: () => tf.transpose(weight) };
      return ops.loraLinear(tf.tensor2d(x, [m, k]), frozen, lowRank).dataSync<"float32">();
    });
    errors[`${m} rows through a low-rank addition`] = relativeError(found, expected);
  }
}

/** Five steps of a small Llama, from the same seed in every process. */
async function train(): Promise<{ losses: number[]; weightBits: string }> {
  const model = modelFromConfig({
    model_type: "llama",
    vocab_size: 300,
    hidden_size: 64,
    intermediate_size: 160,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    max_position_embeddings: 128,
  });
  initializeWeights(model, { seed: 1, layers: 2 });
  const rows = Array.from({ length: 8 }, () => {
    const inputIds = Array.from({ length: 70 }, () => random.int(300));
    return { inputIds, labels: inputIds };
  });
  const args = new TrainingArguments({
    maxSteps: 5,
    perDeviceTrainBatchSize: 4,
    loggingSteps: 1,
    learningRate: 1e-3,
  });
  const trainer = new Trainer({ model, args, trainDataset: rows });
  await trainer.train();
  const bits = createHash("sha256");
  for (const [, parameter] of model.namedParameters()) bits.update(parameter.value.dataSync<"float32">());
  return { losses: trainer.state.logHistory.map(({ loss }) => loss!), weightBits: bits.digest("hex") };
}

const { reason } = await ensureBackend();
const { threads, build, blas } = await startCpu();
const errors: Record<string, number> = {};
products(errors);
additions(errors);
lowRankAdditions(errors);
const productBits = hash.digest("hex");
batches(errors);
const report: ProductsReport = {
  ...{ reason, threads, build, errors, productBits, bestBuild: bestKernelBuild() },
  hasBlas: blas.library !== undefined,
  blasReason: blas.library ? blas.library.path : blas.reason,
  ...(await train()),
};
process.stdout.write(JSON.stringify(report));

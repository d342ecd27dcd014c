/** One call of every fused kernel, forward and backward, on shapes that fill no tile: what backends are compared on. */
import * as tf from "@tensorflow/tfjs-core";
import type { PackedFormat } from "../../lib/backends/index.ts";
import * as ops from "../../lib/ops/index.ts";
import { seededRandom } from "../../lib/random.ts";

/** An input by its shape; float32 numbers are drawn unless values are given. */
type Input = number[] | { shape: number[]; values: ArrayLike<number>; dtype: "int32" | "float32" };

/** What is compared under a name. */
export interface KernelCase {
  inputs: Input[];
  /** Makes what is compared; the tensors come in the order of the inputs. */
  run: (tensors: tf.Tensor[]) => tf.Tensor[];
}

const random = seededRandom(20);

/** How far an output may be off, relative to its largest number; the order of sums alone makes a tenth of it. */
export const kernelTolerance = 2e-5;
const ints = (shape: number[], values: ArrayLike<number>): Input => ({ shape, values, dtype: "int32" });
const sizeOf = (shape: number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The value of f, and its gradients for an upstream gradient that is all different. */
function valueAndGradients(f: (...x: tf.Tensor[]) => tf.Tensor, x: tf.Tensor[]): tf.Tensor[] {
  const value = f(...x);
  // Not by tf.cos: a GPU's cosine is good to 2^-11 only.
  const upstream = tf.tensor(
    Float32Array.from({ length: value.size }, (_, i) => Math.cos(i)),
    value.shape,
  );
  return [value, ...tf.grads(f)(x, upstream)];
}

function packedCase(format: PackedFormat, [rows, out, columns]: [number, number, number]): KernelCase {
  const bits = { bf16: 16, f16: 16, int8: 8, nf4: 4, fp4: 4 }[format];
  const bytes = new Uint8Array(4 * Math.ceil((out * columns * bits) / 32));
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = random.int(256);
    // The high byte of a half holds the exponent: neither infinite nor tiny.
    if (bits === 16 && i % 2 === 1) bytes[i] = (bytes[i]! & 0x83) | 0x3c;
  }
  const scales = bits === 16 ? 0 : format === "int8" ? out : Math.ceil((out * columns) / 64);
  const shared = ints([bytes.length / 4], new Int32Array(bytes.buffer));
  const weightOf = ([, , codes, scale]: tf.Tensor[]): ops.PackedWeight => ({
    format,
    shape: [out, columns],
    codes: codes as tf.Tensor1D,
    scales: scale as tf.Tensor1D,
    blockSize: 64,
  });
  return {
    inputs: [[rows, columns], [rows, out], shared, [scales]],
    run: (tensors) => [
      ops.packedMatMul(tensors[0] as tf.Tensor2D, weightOf(tensors), { transposed: false }),
      ops.packedMatMul(tensors[1] as tf.Tensor2D, weightOf(tensors), { transposed: true }),
    ],
  };
}

interface AttentionShape {
  batch: number;
  queries: number;
  keys: number;
  heads: number;
  kvHeads: number;
  dim: number;
  segments: number[][];
  window?: number;
  softcap?: number;
}

function attentionCase({
  batch,
  queries,
  keys,
  heads,
  kvHeads,
  dim,
  segments,
  ...rest
}: AttentionShape): KernelCase {
  return {
    inputs: [
      [batch, queries, heads, dim],
      [batch, keys, kvHeads, dim],
      [batch, keys, kvHeads, dim],
      ints([segments.length, keys], segments.flat()),
    ],
    run: ([q, k, v, ofSegments]) =>
      valueAndGradients(
        (...x) =>
          ops.causalAttention(x[0] as tf.Tensor4D, x[1] as tf.Tensor4D, x[2] as tf.Tensor4D, {
            scale: 1 / Math.sqrt(dim),
            segments: ofSegments as tf.Tensor2D,
            ...rest,
          }),
        [q!, k!, v!],
      ),
  };
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
const angles = (rows: number, length: number, width: number, wave: (x: number) => number): Input => ({
  shape: [rows, length, width],
  values: Array.from({ length: rows * length * width }, (_, i) =>
    wave(Math.floor(i / width) + (i % (width / 2))),
  ),
  dtype: "float32",
});

const productCase = (
  [m, k, n]: [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
  batch: number[] = [],
): KernelCase => ({
  inputs: [
    [...batch, ...(transposeA ? [k, m] : [m, k])],
    [...batch, ...(transposeB ? [n, k] : [k, n])],
  ],
  run: ([a, b]) => [tf.matMul(a!, b!, transposeA, transposeB)],
});

/** The cases by name. */
export const kernelCases: Readonly<Record<string, KernelCase>> = {
  "PackedMatMul of bf16, odd sizes": packedCase("bf16", [5, 7, 9]),
  "PackedMatMul of f16": packedCase("f16", [3, 12, 20]),
  "PackedMatMul of int8": packedCase("int8", [5, 68, 72]),
  "PackedMatMul of nf4": packedCase("nf4", [66, 68, 128]),
  "PackedMatMul of nf4, odd sizes": packedCase("nf4", [2, 5, 27]),
  "PackedMatMul of int8, few rows": packedCase("int8", [2, 68, 72]),
  "PackedMatMul of fp4": packedCase("fp4", [4, 64, 64]),
  "matrix product, left transposed": productCase([36, 40, 68], true, false),
  "matrix product, both transposed": productCase([40, 20, 44], true, true),
  "matrix product in wide tiles": productCase([258, 36, 261], false, false),
  "matrix product of a batch": productCase([32, 8, 40], false, true, [2, 3]),
  "matrix product of small matrices": productCase([3, 50, 4], false, true),
  MatMulInto: {
    inputs: [
      [9, 40],
      [9, 3],
      [40, 3],
    ],
    run: ([into, a, b]) => [
      ops.addMatMul(tf.add(into!, 0), a as tf.Tensor2D, b as tf.Tensor2D, { transposeB: true, scale: 0.5 }),
    ],
  },
  "RmsNorm and its gradients": {
    inputs: [[3, 5, 37], [37]],
    run: (x) =>
      valueAndGradients(
        (a, w) => ops.rmsNorm(a, w as tf.Tensor1D, { eps: 1e-5, frozen: false, offset: 1 }),
        x,
      ),
  },
  "RmsNorm with a frozen weight": {
    inputs: [[20, 300], [300]],
    run: ([x, w]) =>
      valueAndGradients((a) => ops.rmsNorm(a, w as tf.Tensor1D, { eps: 1e-5, frozen: true }), [x!]),
  },
  "LayerNorm and its gradients": {
    inputs: [[11, 45], [45], [45]],
    run: (x) =>
      valueAndGradients(
        (a, weight, bias) =>
          ops.layerNorm(
            a,
            { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D },
            { eps: 1e-5, frozen: false },
          ),
        x,
      ),
  },
  "Rotary of all coordinates": {
    inputs: [[2, 3, 2, 8], angles(1, 3, 8, Math.cos), angles(1, 3, 8, Math.sin)],
    run: ([x, cos, sin]) =>
      valueAndGradients(
        (a) => ops.applyRotary(a as tf.Tensor4D, cos as tf.Tensor3D, sin as tf.Tensor3D),
        [x!],
      ),
  },
  "Rotary of some coordinates, angles a row": {
    inputs: [[2, 3, 3, 10], angles(2, 3, 4, Math.cos), angles(2, 3, 4, Math.sin)],
    run: ([x, cos, sin]) =>
      valueAndGradients(
        (a) => ops.applyRotary(a as tf.Tensor4D, cos as tf.Tensor3D, sin as tf.Tensor3D),
        [x!],
      ),
  },
  "Attention with grouped heads": attentionCase({
    batch: 2,
    queries: 37,
    keys: 37,
    heads: 4,
    kvHeads: 2,
    dim: 20,
    segments: [ones(37)],
  }),
  "Attention with packed documents and a window": attentionCase({
    batch: 2,
    queries: 70,
    keys: 70,
    heads: 2,
    kvHeads: 1,
    dim: 20,
    segments: [
      Array.from({ length: 70 }, (_, i) => 1 + Math.floor(i / 30)),
      Array.from({ length: 70 }, (_, i) => (i < 50 ? 1 : 2)),
    ],
    window: 9,
  }),
  "Attention with capped scores and more keys than queries": attentionCase({
    batch: 1,
    queries: 5,
    keys: 41,
    heads: 3,
    kvHeads: 3,
    dim: 36,
    segments: [ones(41)],
    softcap: 1.5,
  }),
  "Gate of silu": {
    inputs: [
      [3, 7],
      [3, 7],
    ],
    run: (x) => valueAndGradients((g, u) => ops.swiglu(g, u), x),
  },
  "Gate of gelu_tanh": {
    inputs: [[300], [300]],
    run: (x) => valueAndGradients((g, u) => ops.gatedActivation(g, u, "gelu_tanh"), x),
  },
  "Gelu, exact": {
    inputs: [[5, 61]],
    run: (x) => valueAndGradients((a) => ops.gelu(a, { approximate: false }), x),
  },
  "Gelu, approximate": {
    inputs: [[5, 61]],
    run: (x) => valueAndGradients((a) => ops.gelu(tf.mul(a, 20), { approximate: true }), x),
  },
  EmbeddingGrad: {
    inputs: [[11, 70], ints([9], [3, 0, 3, 10, 3, 1, 1, 9, 0])],
    run: ([x, indices]) =>
      valueAndGradients((table) => ops.takeRows(table as tf.Tensor2D, indices as tf.Tensor1D), [x!]),
  },
  CrossEntropy: {
    inputs: [[4, 301]],
    run: ([x]) =>
      valueAndGradients((logits) => ops.crossEntropySum(logits as tf.Tensor2D, [300, -100, 0, 7]), [x!]),
  },
  LinearCrossEntropy: {
    inputs: [
      [5, 40],
      [70, 40],
    ],
    run: (tensors) =>
      valueAndGradients((hidden, weight) => {
        const targets = [69, 0, -100, 3, 3];
        const [rows, matrix] = [hidden as tf.Tensor2D, weight as tf.Tensor2D];
        return ops.hasLinearCrossEntropy()
          ? ops.linearCrossEntropySum(rows, matrix, { targets, trainsWeight: true })
          : ops.crossEntropySum(ops.trainedLinear(rows, matrix) as tf.Tensor2D, targets);
      }, tensors),
  },
  CopyInto: {
    inputs: [
      [2, 9, 3, 5],
      [2, 4, 3, 5],
    ],
    run: ([cache, fresh]) => {
      const [into, x] = [tf.add<tf.Tensor4D>(cache!, 0), fresh as tf.Tensor4D];
      if (!ops.canAppendInPlace()) {
        return [tf.concat([tf.slice(into, [0, 0, 0, 0], [2, 3, 3, 5]), x, tf.slice(into, [0, 7, 0, 0])], 1)];
      }
      ops.appendInPlace(into, x, 3);
      return [into];
    },
  },
  SquaredNorm: {
    inputs: [[3, 5], [1], [4000]],
    run: (tensors) => [ops.globalNorm(tensors)],
  },
  AdamW: {
    inputs: [[300], [300], [300], [300]],
    run: (tensors) => {
      const [value, gradient, mean, variance] = tensors.map((tensor) => tf.mul(tensor, 1));
      const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, gradientScale: 0.5 };
      let state = { value: value!, mean: mean!, variance: tf.square(variance!) };
      for (const step of [1, 2]) {
        state = ops.adamWStep(state, gradient!, { ...options, weightDecay: 0.1, step });
      }
      return [state.value, state.mean, state.variance];
    },
  },
};

/** The outputs of a case on the backend in use. */
export async function outputsOf(
  { inputs, run }: KernelCase,
  values: ArrayLike<number>[],
): Promise<tf.TypedArray[]> {
  const tensors = inputs.map((input, i) =>
    Array.isArray(input)
      ? tf.tensor(Float32Array.from(values[i]!), input)
      : tf.tensor([...Array.from(input.values)], input.shape, input.dtype),
  );
  const outputs = tf.tidy(() => run(tensors));
  const read = await Promise.all(outputs.map((output) => output.data()));
  tf.dispose([...tensors, ...outputs]);
  return read;
}

/** Numbers for the inputs of a case; those that are not given are drawn from a normal distribution. */
export function drawInputs({ inputs }: KernelCase): ArrayLike<number>[] {
  return inputs.map((input) =>
    Array.isArray(input) ? Array.from({ length: sizeOf(input) }, () => random.normal()) : input.values,
  );
}

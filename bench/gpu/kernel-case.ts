/** What a comparison of kernels is: inputs, what is computed of them, and makers of the usual ones. */
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

/** An int32 input. */
export const ints = (shape: number[], values: ArrayLike<number>): Input => ({
  shape,
  values,
  dtype: "int32",
});
const sizeOf = (shape: number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The value of f, and its gradients for an upstream gradient that is all different. */
export function valueAndGradients(f: (...x: tf.Tensor[]) => tf.Tensor, x: tf.Tensor[]): tf.Tensor[] {
  const value = f(...x);
  // Not by tf.cos: a GPU's cosine is good to 2^-11 only.
  const upstream = tf.tensor(
    Float32Array.from({ length: value.size }, (_, i) => Math.cos(i)),
    value.shape,
  );
  return [value, ...tf.grads(f)(x, upstream)];
}

/** Products through a packed weight, forward and back. */
export function packedCase(
  format: PackedFormat,
  [rows, out, columns]: [number, number, number],
  { nested = false }: { nested?: boolean } = {},
): KernelCase {
  const bits = { bf16: 16, f16: 16, int8: 8, nf4: 4, fp4: 4 }[format];
  const bytes = new Uint8Array(4 * Math.ceil((out * columns * bits) / 32));
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = random.int(256);
    // The high byte of a half holds the exponent: neither infinite nor tiny.
    if (bits === 16 && i % 2 === 1) bytes[i] = (bytes[i]! & 0x83) | 0x3c;
  }
  const scales = bits === 16 ? 0 : format === "int8" ? out : Math.ceil((out * columns) / 64);
  const shared = ints([bytes.length / 4], new Int32Array(bytes.buffer));
  const scaleCodes = Int32Array.from({ length: Math.ceil(scales / 4) }, () => random.int(2 ** 31));
  const weightOf = ([, , codes, scale, absmax]: tf.Tensor[]): ops.PackedWeight => ({
    format,
    shape: [out, columns],
    codes: codes as tf.Tensor1D,
    scales: nested ? tf.tensor1d([]) : (scale as tf.Tensor1D),
    blockSize: 64,
    nested: nested
      ? {
          ...{ codes: scale as tf.Tensor1D, absmax: absmax as tf.Tensor1D, count: scales },
          quantMap: Float32Array.from({ length: 256 }, (_, i) => (i - 127) / 128),
          ...{ offset: 0.75, blockSize: 256 },
        }
      : undefined,
  });
  return {
    inputs: [
      [rows, columns],
      [rows, out],
      shared,
      ...(nested ? [ints([scaleCodes.length], scaleCodes), [Math.ceil(scales / 256)]] : [[scales]]),
    ],
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

/** Attention and its gradients. */
export function attentionCase({
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

/** That many ones. */
export const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
/** A table of a wave's values, `[rows, length, width]`, both halves of the width equal. */
export const angles = (rows: number, length: number, width: number, wave: (x: number) => number): Input => ({
  shape: [rows, length, width],
  values: Array.from({ length: rows * length * width }, (_, i) =>
    wave(Math.floor(i / width) + (i % (width / 2))),
  ),
  dtype: "float32",
});

/** A matrix product `[m, k]` by `[k, n]`. */
export const productCase = (
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

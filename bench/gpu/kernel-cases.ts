/** One call of every fused kernel, forward and backward, on shapes that fill no tile: what backends are compared on. */
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../lib/ops/index.ts";
import {
  angles,
  attentionCase,
  ints,
  ones,
  packedCase,
  productCase,
  valueAndGradients,
  type KernelCase,
} from "./kernel-case.ts";

/** How far an output may be off, relative to its largest number; the order of sums alone makes a tenth of it. */
export const kernelTolerance = 2e-5;

/** A loss and its figures, `[3]`. */
const figured = ({ sum, figures: { correct, entropy } }: ops.FiguredLoss): tf.Tensor =>
  tf.stack([sum, correct, entropy]);

/** The cases by name. */
export const kernelCases: Readonly<Record<string, KernelCase>> = {
  "PackedMatMul of bf16, odd sizes": packedCase("bf16", [5, 7, 9]),
  "PackedMatMul of f16": packedCase("f16", [3, 12, 20]),
  "PackedMatMul of int8": packedCase("int8", [5, 68, 72]),
  "PackedMatMul of nf4": packedCase("nf4", [66, 68, 128]),
  "PackedMatMul of nf4, odd sizes": packedCase("nf4", [2, 5, 27]),
  "PackedMatMul of int8, few rows": packedCase("int8", [2, 68, 72]),
  NestedScales: {
    inputs: [
      ints(
        [77],
        Int32Array.from({ length: 77 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
      ),
      [2],
    ],
    run: ([codes, absmax]) => [
      ops.expandScales({
        ...{ codes: codes as tf.Tensor1D, absmax: absmax as tf.Tensor1D },
        quantMap: Float32Array.from({ length: 256 }, (_, i) => Math.sin(i)),
        ...{ count: 305, offset: 0.7, blockSize: 256 },
      }),
    ],
  },
  "PackedMatMul of fp4": packedCase("fp4", [4, 64, 64]),
  "PackedMatMul of nf4, nested scales": packedCase("nf4", [66, 68, 192], { nested: true }),
  "PackedMatMul of nf4, nested scales, few rows": packedCase("nf4", [2, 5, 27], { nested: true }),
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
  ...Object.fromEntries(
    (["dft", { smoothing: 0.1 }] as const).flatMap((loss): [string, KernelCase][] => {
      const name = loss === "dft" ? "weighted by probability" : "of smoothed labels";
      const targets = [69, 0, -100, 3, 3];
      return [
        [
          `CrossEntropy ${name}`,
          {
            inputs: [[5, 301]],
            run: ([x]) =>
              valueAndGradients(
                (logits) => ops.crossEntropySum(tf.mul<tf.Tensor2D>(logits, 3), targets, loss),
                [x!],
              ),
          },
        ],
        [
          `LinearCrossEntropy ${name}, with figures`,
          {
            inputs: [
              [5, 40],
              [70, 40],
            ],
            run: (tensors) =>
              valueAndGradients((hidden, weight) => {
                const [rows, matrix] = [hidden as tf.Tensor2D, weight as tf.Tensor2D];
                return figured(
                  ops.hasLinearCrossEntropy()
                    ? ops.linearCrossEntropyWithFigures(rows, matrix, { targets, trainsWeight: true, loss })
                    : ops.crossEntropyWithFigures(
                        ops.trainedLinear(rows, matrix) as tf.Tensor2D,
                        targets,
                        loss,
                      ),
                );
              }, tensors),
          },
        ],
      ];
    }),
  ),
  "CrossEntropy with figures": {
    inputs: [[4, 301]],
    run: ([x]) =>
      valueAndGradients(
        (logits) => figured(ops.crossEntropyWithFigures(logits as tf.Tensor2D, [300, -100, 0, 7])),
        [x!],
      ),
  },
  "LinearCrossEntropy with figures": {
    inputs: [
      [5, 40],
      [70, 40],
    ],
    run: (tensors) =>
      valueAndGradients((hidden, weight) => {
        const targets = [69, 0, -100, 3, 3];
        const [rows, matrix] = [hidden as tf.Tensor2D, weight as tf.Tensor2D];
        return figured(
          ops.hasLinearCrossEntropy()
            ? ops.linearCrossEntropyWithFigures(rows, matrix, { targets, trainsWeight: true })
            : ops.crossEntropyWithFigures(ops.trainedLinear(rows, matrix) as tf.Tensor2D, targets),
        );
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

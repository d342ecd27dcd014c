/** Every operation of lib/ops beside its formula in float64. */
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import * as float64 from "./float64.ts";
import { attention, gate, normals, rotary, type OperationCase } from "./operation-case.ts";
import { packedExample } from "./packed-weights.ts";

const columns = 9;
const outs = 7;
const weightValues = normals(outs * columns, 90);
const frozen = (): ops.FrozenWeight => {
  const weight = tf.tensor2d(weightValues, [outs, columns]);
  const transposed = tf.transpose(weight);
  return { weight, transposed: () => transposed };
};

const packedFormats = ["bf16", "f16", "int8", "nf4", "fp4"] as const;

const leftOut: ops.DropoutOptions = { rate: 0.4, seed: 11 };

const targets = [3, -100, 10, 0, -100, 7];
const labels = [
  [1, 2, -100, 3],
  [-100, -100, 4, 5],
];

/** Every operation of lib/ops. */
export const cases: readonly OperationCase[] = [
  {
    name: "frozenLinear",
    shapes: [[2, 3, columns]],
    define: (x) => float64.linear(x, weightValues, columns),
    make() {
      const weight = frozen();
      return (x) => ops.frozenLinear(x, weight);
    },
  },
  ...packedFormats.map((format): OperationCase => {
    const weight = packedExample(format, [outs, columns], { blockSize: 16 });
    return {
      name: `frozenLinear packed as ${format}`,
      shapes: [[2, 3, columns]],
      define: (x) => float64.linear(x, weight.values, columns),
      make() {
        const packed = weight.make();
        return (x) => ops.frozenLinear(x, packed);
      },
    };
  }),
  {
    name: "trainedLinear",
    shapes: [
      [2, 3, columns],
      [outs, columns],
    ],
    define: (x, w) => float64.linear(x, w, columns),
    make: () => (x, w) => ops.trainedLinear(x, w as tf.Tensor2D),
  },
  {
    name: "loraLinear",
    shapes: [
      [2, 3, columns],
      [2, columns],
      [outs, 2],
    ],
    define: (x, a, b) =>
      float64.addScaled(
        float64.linear(x, weightValues, columns),
        float64.linear(float64.linear(x, a, columns), b, 2),
        1.5,
      ),
    make() {
      const weight = frozen();
      return (x, a, b) =>
        ops.loraLinear(x, weight, { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 1.5 });
    },
  },
  {
    name: "loraLinear with dropout",
    shapes: [
      [2, 3, columns],
      [2, columns],
      [outs, 2],
    ],
    define(x, a, b) {
      const left = ops.dropoutMask([x.length], leftOut).dataSync();
      const kept = Array.from(x, (value, at) => value * left[at]!);
      return float64.addScaled(
        float64.linear(x, weightValues, columns),
        float64.linear(float64.linear(kept, a, columns), b, 2),
        1.5,
      );
    },
    make() {
      const weight = frozen();
      return (x, a, b) => {
        const lowRank = { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 1.5, dropout: leftOut };
        return ops.loraLinear(x, weight, lowRank);
      };
    },
  },
  {
    name: "loraLinear over nf4",
    shapes: [
      [5, columns],
      [3, columns],
      [outs, 3],
    ],
    define: (x, a, b) =>
      float64.addScaled(
        float64.linear(x, packedExample("nf4", [outs, columns]).values, columns),
        float64.linear(float64.linear(x, a, columns), b, 3),
        0.5,
      ),
    make() {
      const weight = packedExample("nf4", [outs, columns]).make();
      return (x, a, b) =>
        ops.loraLinear(x, weight, { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 0.5 });
    },
  },
  {
    name: "rmsNorm with an offset",
    shapes: [[2, 3, 7], [7]],
    define: (x, w) => float64.rmsNorm(x, w, 1e-5, 1),
    make: () => (x, w) => ops.rmsNorm(x, w as tf.Tensor1D, { eps: 1e-5, frozen: false, offset: 1 }),
  },
  {
    name: "rmsNorm, frozen",
    shapes: [[5, 8]],
    define: (x) => float64.rmsNorm(x, normals(8, 92), 1e-2),
    make() {
      const weight = tf.tensor1d(normals(8, 92));
      return (x) => ops.rmsNorm(x, weight, { eps: 1e-2, frozen: true });
    },
  },
  {
    name: "layerNorm",
    shapes: [[2, 3, 7], [7], [7]],
    define: (x, w, b) => float64.layerNorm(x, w, b, 1e-5),
    make: () => (x, weight, bias) =>
      ops.layerNorm(
        x,
        { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D },
        { eps: 1e-5, frozen: false },
      ),
  },
  {
    name: "layerNorm, frozen",
    shapes: [[5, 9]],
    define: (x) => float64.layerNorm(x, normals(9, 93), normals(9, 94), 1e-5),
    make() {
      const weights = { weight: tf.tensor1d(normals(9, 93)), bias: tf.tensor1d(normals(9, 94)) };
      return (x) => ops.layerNorm(x, weights, { eps: 1e-5, frozen: true });
    },
  },
  rotary({ length: 3, heads: 2, dim: 10, width: 10, angleRows: 1 }),
  rotary({ length: 3, heads: 2, dim: 10, width: 6, angleRows: 2 }),
  gate("silu"),
  gate("gelu_tanh"),
  ...[true, false].map((approximate): OperationCase => ({
    name: `gelu, ${approximate ? "approximated" : "exact"}`,
    shapes: [[3, 7]],
    define: (x) => Array.from(x, approximate ? float64.geluTanh : float64.gelu),
    make: () => (x) => ops.gelu(x, { approximate }),
  })),
  {
    name: "addResidual",
    shapes: [
      [2, 5],
      [2, 5],
    ],
    define: (x, y) => float64.addScaled(x, y),
    make: () => (x, y) => ops.addResidual(x, y),
  },
  { name: "reshape", shapes: [[2, 6]], define: (x) => x, make: () => (x) => ops.reshape(x, [3, 4]) },
  attention("of grouped heads with padding on the left", {
    ...{ batch: 2, length: 5, heads: 4, kvHeads: 2, dim: 5 },
    segments: [
      [1, 1, 1, 1, 1],
      [0, 0, 1, 1, 1],
    ],
  }),
  attention("of packed documents", {
    ...{ batch: 2, length: 5, heads: 2, kvHeads: 1, dim: 4 },
    segments: [
      [1, 1, 2, 2, 2],
      [1, 2, 2, 2, 3],
    ],
  }),
  attention("behind earlier keys, windowed and capped", {
    ...{ batch: 1, length: 3, heads: 2, kvHeads: 2, dim: 6, window: 3, softcap: 0.7 },
    segments: [[1, 1, 1, 1, 1, 1, 1]],
  }),
  attention("of one query", {
    ...{ batch: 2, length: 1, heads: 2, kvHeads: 1, dim: 3 },
    segments: [[1, 1, 1, 1]],
  }),
  {
    name: "takeRows with rows that come twice",
    shapes: [[6, 5]],
    define: (x) => float64.takeRows(x, [5, 0, 5, 2, 5], 5),
    make() {
      const rows = tf.tensor1d([5, 0, 5, 2, 5], "int32");
      return (x) => ops.takeRows(x as tf.Tensor2D, rows);
    },
  },
  {
    name: "lastPositions",
    shapes: [[2, 4, 3]],
    define: (x) => float64.takeRows(x, [1, 2, 3, 5, 6, 7], 3),
    make: () => (x) => ops.lastPositions(x, 1),
  },
  {
    name: "takeTrainedRows",
    shapes: [[2, 4, 3]],
    define: (x) => float64.takeRows(x, [0, 2, 5, 6], 3),
    make: () => (x) => ops.takeTrainedRows(x, ops.trainedPositions(labels)),
  },
  {
    name: "crossEntropySum",
    shapes: [[6, 11]],
    spread: 5,
    define: (logits) => [float64.crossEntropy(logits, targets)],
    make: () => (logits) => ops.crossEntropySum(logits as tf.Tensor2D, targets),
  },
  {
    name: "tokenLogProbs",
    shapes: [[6, 11]],
    spread: 5,
    define: (logits) => float64.tokenLogProbs(logits, targets),
    make: () => (logits) => ops.tokenLogProbs(logits as tf.Tensor2D, targets),
  },
  {
    name: "sumByRow",
    shapes: [[5]],
    define: (x) => [x[0]! + 3 * x[2]!, 0, x[1]! + x[3]! - 2 * x[4]!],
    make: () => (x) =>
      ops.sumByRow(x as tf.Tensor1D, { rows: [0, 2, 0, 2, 2], count: 3, weights: [1, 1, 3, 1, -2] }),
  },
  {
    name: "linearTokenLogProbs of a packed weight",
    shapes: [[6, 64]],
    define: (x) =>
      float64.tokenLogProbs(float64.linear(x, packedExample("nf4", [11, 64]).values, 64), targets),
    make() {
      const packed = packedExample("nf4", [11, 64]).make();
      return (x) => ops.linearTokenLogProbs(x as tf.Tensor2D, packed, { targets, trainsWeight: false });
    },
  },
  ...[true, false].map((trainsWeight): OperationCase => ({
    name: `linearTokenLogProbs with a ${trainsWeight ? "trained" : "frozen"} weight`,
    shapes: trainsWeight
      ? [
          [6, 5],
          [11, 5],
        ]
      : [[6, 5]],
    define: (x, w = normals(55, 95)) => float64.tokenLogProbs(float64.linear(x, w, 5), targets),
    make() {
      const constant = tf.tensor2d(normals(55, 95), [11, 5]);
      return (x, w = constant) =>
        ops.linearTokenLogProbs(x as tf.Tensor2D, w as tf.Tensor2D, { targets, trainsWeight });
    },
    backends: ["residency-cpu"],
  })),
  ...[true, false].map((trainsWeight): OperationCase => ({
    name: `linearCrossEntropySum with a ${trainsWeight ? "trained" : "frozen"} weight`,
    shapes: trainsWeight
      ? [
          [6, 5],
          [11, 5],
        ]
      : [[6, 5]],
    define: (x, w = normals(55, 95)) => [float64.crossEntropy(float64.linear(x, w, 5), targets)],
    make() {
      const constant = tf.tensor2d(normals(55, 95), [11, 5]);
      return (x, w = constant) =>
        ops.linearCrossEntropySum(x as tf.Tensor2D, w as tf.Tensor2D, { targets, trainsWeight });
    },
    backends: ["residency-cpu"],
  })),
];

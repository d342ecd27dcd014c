/** Every operation of lib/ops on every backend: values and gradients beside float64 formulas and their central differences. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import * as float64 from "./float64.ts";
import { packedExample } from "./packed-weights.ts";

/** An operation twice. */
interface OperationCase {
  name: string;
  shapes: number[][];
  /** What the inputs' normal numbers are multiplied by; 1 when left out. */
  spread?: number;
  /** The formula. */
  define(...inputs: float64.Numbers[]): float64.Numbers;
  /** Makes constants on the backend in use and gives the operation. */
  make(): (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The backends that have it; all when left out. */
  backends?: readonly Backend[];
}

const backends = ["cpu", "wasm", "residency-cpu"] as const;
type Backend = (typeof backends)[number];

/** Largest difference allowed, as a part of the largest number of the reference: 80 roundings of float32. */
const tolerance = 1e-5;
/** How far each input is moved: the third derivative and the rounding of float64 both cost less than 1e-9. */
const step = 1e-5;

function normals(size: number, seed: number, spread = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: size }, () => Math.fround(random.normal() * spread));
}
const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const columns = 9;
const outs = 7;
const weightValues = normals(outs * columns, 90);
const frozen = (): ops.FrozenWeight => {
  const weight = tf.tensor2d(weightValues, [outs, columns]);
  const transposed = tf.transpose(weight);
  return { weight, transposed: () => transposed };
};

const packedFormats = ["bf16", "f16", "int8", "nf4", "fp4"] as const;

const gate = (activation: "silu" | "gelu_tanh"): OperationCase => ({
  name: `gatedActivation ${activation}`,
  shapes: [
    [3, 7],
    [3, 7],
  ],
  spread: 2,
  define: (g, u) =>
    Array.from(g, (value, i) => (activation === "silu" ? float64.silu : float64.geluTanh)(value) * u[i]!),
  make: () => (g, u) => ops.gatedActivation(g, u, activation),
});

const attention = (name: string, sizes: Omit<float64.AttentionSizes, "scale">): OperationCase => {
  const { batch, length, heads, kvHeads, dim, segments } = sizes;
  const keys = segments[0]!.length;
  const all = { ...sizes, scale: 1 / Math.sqrt(dim) };
  // What a query gives that sees nothing has no meaning, so it counts nothing.
  const counts = Array.from({ length: batch * length * heads * dim }, (_, at) => {
    const t = Math.floor(at / (heads * dim));
    const row = segments[segments.length === 1 ? 0 : Math.floor(t / length)]!;
    return Math.sign(row[keys - length + (t % length)]!);
  });
  return {
    name: `causalAttention ${name}`,
    shapes: [
      [batch, length, heads, dim],
      [batch, keys, kvHeads, dim],
      [batch, keys, kvHeads, dim],
    ],
    define: (q, k, v) => float64.attention(q, k, v, all).map((value, i) => value * counts[i]!),
    make() {
      const ofRows = tf.tensor2d(
        segments.map((row) => [...row]),
        undefined,
        "int32",
      );
      const mask = tf.tensor4d(counts, [batch, length, heads, dim]);
      return (q, k, v) =>
        tf.mul(
          ops.causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, {
            ...all,
            segments: ofRows,
          }),
          mask,
        );
    },
  };
};

const rotary = (sizes: float64.RotarySizes): OperationCase => {
  const { length, heads, dim, width, angleRows } = sizes;
  const angles = normals((angleRows * length * width) / 2, 91);
  const table = (of: (angle: number) => number): number[] =>
    Array.from({ length: angleRows * length * width }, (_, at) => {
      const row = Math.floor(at / width);
      return Math.fround(of(angles[row * (width / 2) + (at % (width / 2))]!));
    });
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  return {
    name: `applyRotary of ${width} of ${dim} coordinates, ${angleRows} rows of angles`,
    shapes: [[2, length, heads, dim]],
    define: (x) => float64.rotary(x, cos, sin, sizes),
    make() {
      const shape: [number, number, number] = [angleRows, length, width];
      const [c, s] = [tf.tensor3d(cos, shape), tf.tensor3d(sin, shape)];
      return (x) => ops.applyRotary(x as tf.Tensor4D, c, s);
    },
  };
};

const targets = [3, -100, 10, 0, -100, 7];
const labels = [
  [1, 2, -100, 3],
  [-100, -100, 4, 5],
];

const cases: OperationCase[] = [
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

const inputsOf = ({ shapes, spread = 1 }: OperationCase): number[][] =>
  shapes.map((shape, i) => normals(sizeOf(shape), 10 + i, spread));

/** The gradient of the result, weighted with `weights`, by every element of every input. */
function centralDifferences(one: OperationCase, weights: readonly number[]): number[][] {
  const inputs = inputsOf(one);
  const weighed = (): number => weights.reduce((sum, weight, i) => sum + weight * result[i]!, 0);
  let result: float64.Numbers = [];
  return inputs.map((input) =>
    input.map((value, i) => {
      const at = (moved: number): number => {
        input[i] = moved;
        result = one.define(...inputs);
        return weighed();
      };
      const slope = (at(value + step) - at(value - step)) / (2 * step);
      input[i] = value;
      return slope;
    }),
  );
}

const largest = (values: float64.Numbers): number => Math.max(...Array.from(values, Math.abs));

for (const backend of backends) {
  describe(`lib/ops on ${backend}`, () => {
    before(() => setBackend(backend));

    for (const one of cases) {
      if (one.backends && !one.backends.includes(backend)) continue;
      it(`${one.name} gives the values of its formula and the gradients of finite differences`, async () => {
        const inputs = inputsOf(one);
        const expected = Array.from(one.define(...inputs));
        const weights = normals(expected.length, 50);
        const tensors = tf.tidy(() => {
          const run = one.make();
          const xs = inputs.map((input, i) => tf.tensor(input, one.shapes[i]));
          const projection = (...all: tf.Tensor[]): tf.Scalar => {
            const y = run(...all);
            return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
          };
          return [run(...xs), ...tf.grads(projection)(xs)];
        });
        const [value, ...gradients] = await Promise.all(
          tensors.map(async (tensor) => Array.from(await tensor.data())),
        );
        assertClose(value, expected, tolerance * largest(expected), "value");
        gradients.forEach((_, i) => assert.deepEqual(tensors[i + 1]!.shape, one.shapes[i]));
        tf.dispose(tensors);
        centralDifferences(one, weights).forEach((slopes, i) =>
          assertClose(gradients[i], slopes, tolerance * largest(slopes), `gradient ${i}`),
        );
      });
    }
  });
}

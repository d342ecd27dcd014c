/** The contract's gradients: each operation of lib/ops, beside plain JavaScript and beside difference quotients. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../../lib/ops/index.ts";
import { setBackend, type BackendName } from "../../../../lib/tensor/index.ts";
import { assertClose } from "../../../support/closeness.ts";
import { noise } from "./case.ts";

/** An operation and the shapes of what it is differentiated by. */
interface GradientCase {
  name: string;
  shapes: number[][];
  /** Makes what is not differentiated by, which has to outlive the forward pass, and gives the operation over it. */
  make(): (...inputs: tf.Tensor[]) => tf.Tensor;
}

const [batch, length, heads, kvHeads, width] = [2, 5, 4, 2, 6] as const;

function frozen(): ops.FrozenWeight {
  const weight = tf.tensor2d(noise(7 * 9, 11), [7, 9]);
  const transposed = tf.transpose(weight);
  return { weight, transposed: () => transposed };
}

/** Cosines or sines of the angles of each position, for a rotation of all coordinates: `[1, T, width]`. */
const angles = (f: (x: number) => number): tf.Tensor3D =>
  tf.tensor3d(
    Array.from({ length: length * width }, (_, i) => f((i % (width / 2)) + Math.floor(i / width) * 0.7)),
    [1, length, width],
  );

/**
 * Attention with padding, documents packed into a row, a window or a cap, of the last `queries` positions; what it gives for padding
 * counts nothing.
 */
const attention = (
  name: string,
  segments: number[][],
  {
    queries = length,
    ...options
  }: Omit<ops.AttentionOptions, "segments" | "scale"> & { queries?: number } = {},
): GradientCase => ({
  name: `causalAttention ${name}`,
  shapes: [
    [batch, queries, heads, width],
    [batch, length, kvHeads, width],
    [batch, length, kvHeads, width],
  ],
  make() {
    const ofRow = tf.tensor2d(segments, undefined, "int32");
    const asking = segments.map((row) => row.slice(-queries).map(Math.sign));
    const real = tf.tensor4d(asking.flat(), [segments.length, queries, 1, 1]);
    const all = { ...options, scale: 1 / Math.sqrt(width), segments: ofRow };
    return (q, k, v) =>
      tf.mul(ops.causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, all), real);
  },
});

const matrices = (count: number): number[][] => Array.from({ length: count }, () => [2, 3, 8]);

const cases: GradientCase[] = [
  {
    name: "frozenLinear",
    shapes: [[2, 3, 9]],
    make() {
      const weights = frozen();
      return (x) => ops.frozenLinear(x, weights);
    },
  },
  {
    name: "trainedLinear",
    shapes: [
      [2, 3, 9],
      [7, 9],
    ],
    make: () => (x, w) => ops.trainedLinear(x, w as tf.Tensor2D),
  },
  {
    name: "loraLinear",
    shapes: [
      [2, 3, 9],
      [2, 9],
      [7, 2],
    ],
    make() {
      const weights = frozen();
      return (x, a, b) =>
        ops.loraLinear(x, weights, { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 1.5 });
    },
  },
  {
    name: "rmsNorm with a trained weight and an offset",
    shapes: [[2, 3, 8], [8]],
    make: () => (x, w) => ops.rmsNorm(x, w as tf.Tensor1D, { eps: 1e-6, frozen: false, offset: 1 }),
  },
  {
    name: "rmsNorm with a frozen weight",
    shapes: [[2, 3, 8]],
    make() {
      const scale = tf.tensor1d(noise(8, 12));
      return (x) => ops.rmsNorm(x, scale, { eps: 1e-6, frozen: true });
    },
  },
  {
    name: "layerNorm with trained weights",
    shapes: [[2, 3, 8], [8], [8]],
    make: () => (x, weight, bias) =>
      ops.layerNorm(
        x,
        { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D },
        { eps: 1e-5, frozen: false },
      ),
  },
  {
    name: "applyRotary",
    shapes: [[batch, length, heads, width]],
    make() {
      const [cos, sin] = [angles(Math.cos), angles(Math.sin)];
      return (x) => ops.applyRotary(x as tf.Tensor4D, cos, sin);
    },
  },
  { name: "swiglu", shapes: matrices(2), make: () => (gate, up) => ops.swiglu(gate, up) },
  {
    name: "gatedActivation with GELU",
    shapes: matrices(2),
    make: () => (gate, up) => ops.gatedActivation(gate, up, "gelu_tanh"),
  },
  { name: "gelu, approximated", shapes: matrices(1), make: () => (x) => ops.gelu(x, { approximate: true }) },
  { name: "gelu, exact", shapes: matrices(1), make: () => (x) => ops.gelu(x, { approximate: false }) },
  { name: "addResidual", shapes: matrices(2), make: () => (x, y) => ops.addResidual(x, y) },
  attention("of grouped heads with padding", [
    [1, 1, 1, 1, 1],
    [0, 1, 1, 1, 1],
  ]),
  attention("of packed documents", [
    [1, 1, 2, 2, 2],
    [1, 2, 2, 2, 3],
  ]),
  attention("with a window and capped scores", [[1, 1, 1, 1, 1]], { window: 3, softcap: 0.5 }),
  attention("of the last positions", [[1, 1, 1, 1, 1]], { queries: 2 }),
  attention(
    "of the last positions with padding and a window",
    [
      [1, 1, 1, 1, 1],
      [0, 0, 1, 1, 1],
    ],
    { queries: 3, window: 2 },
  ),
  {
    name: "takeRows with rows that come twice",
    shapes: [[6, 4]],
    make() {
      const rows = tf.tensor1d([5, 0, 5, 2], "int32");
      return (x) => ops.takeRows(x as tf.Tensor2D, rows);
    },
  },
  { name: "lastPositions", shapes: [[2, 4, 3, 2]], make: () => (x) => ops.lastPositions(x, 2) },
  {
    name: "takeTrainedRows",
    shapes: [[2, 4, 3]],
    make() {
      const labels = [
        [1, 2, -100, 3],
        [-100, -100, 4, 5],
      ];
      return (x) => ops.takeTrainedRows(x, ops.trainedPositions(labels));
    },
  },
  {
    name: "crossEntropySum",
    shapes: [[4, 11]],
    make: () => (logits) => ops.crossEntropySum(tf.mul(logits, 5), [3, 0, 10, 7]),
  },
];

interface Outcome {
  value: number[];
  gradients: number[][];
}

/** A scalar of an operation: its result weighted with numbers that are all different, so that no gradient is a sum. */
function weigh(result: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(result, tf.tensor(noise(result.size, 13), result.shape)));
}

const inputsOf = ({ shapes }: GradientCase): number[][] =>
  shapes.map((shape, i) => noise(tf.util.sizeFromShape(shape), 20 + i));

/** The result and the gradients by every input, on the backend in use. */
async function differentiate(one: GradientCase): Promise<Outcome> {
  const values = inputsOf(one);
  const [result, ...gradients] = tf.tidy(() => {
    const inputs = values.map((input, i) => tf.tensor(input, one.shapes[i]));
    const run = one.make();
    const grads = tf.grads((...tensors) => weigh(run(...tensors)));
    return [run(...inputs), ...grads(inputs)];
  });
  gradients.forEach((gradient, i) =>
    assert.deepEqual(gradient.shape, one.shapes[i], `${one.name}: gradient ${i}`),
  );
  const read = await Promise.all(
    [result, ...gradients].map(async (tensor) => Array.from(await tensor.data())),
  );
  tf.dispose([result, ...gradients]);
  return { value: read[0]!, gradients: read.slice(1) };
}

/** The derivative of the weighed result along one direction of all inputs, as a central difference. */
async function differenceQuotient(one: GradientCase, directions: readonly number[][]): Promise<number> {
  const step = 1 / 256;
  const values = inputsOf(one);
  const at = async (sign: number): Promise<number> => {
    const moved = values.map((input, i) => input.map((value, j) => value + sign * step * directions[i]![j]!));
    const scalar = tf.tidy(() =>
      weigh(one.make()(...moved.map((input, i) => tf.tensor(input, one.shapes[i])))),
    );
    const [value] = await scalar.data();
    scalar.dispose();
    return value!;
  };
  return ((await at(1)) - (await at(-1))) / (2 * step);
}

/** Adds the tests of one backend to the suite around. */
export function describeGradients(name: BackendName, tolerance: number): void {
  for (const one of cases) {
    it(`${one.name} gives the values and gradients of plain JavaScript`, async () => {
      await setBackend("cpu");
      const reference = await differentiate(one);
      await setBackend(name);
      const found = await differentiate(one);
      assertClose(found.value, reference.value, tolerance, `${one.name}: value`);
      found.gradients.forEach((gradient, i) =>
        assertClose(gradient, reference.gradients[i], tolerance, `${one.name}: gradient ${i}`),
      );
      const directions = one.shapes.map((shape, i) => noise(tf.util.sizeFromShape(shape), 30 + i));
      const slope = directions.reduce(
        (total, direction, i) =>
          total + direction.reduce((s, value, j) => s + value * found.gradients[i]![j]!, 0),
        0,
      );
      const quotient = await differenceQuotient(one, directions);
      assertClose(slope, quotient, 2e-3 * Math.max(1, Math.abs(quotient)), `${one.name}: slope`);
    });
  }
}

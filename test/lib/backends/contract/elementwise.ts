/** The contract's element-wise operations, broadcasting, reductions and softmax, against Math in float64. */
import * as tf from "@tensorflow/tfjs-core";
import { bool, exact, float32, int32, noise, type ContractCase } from "./case.ts";

const x = noise(12, 7);
const positive = x.map((value) => Math.fround(Math.abs(value) + 0.1));

const unary: [name: string, run: (x: tf.Tensor) => tf.Tensor, reference: (x: number) => number][] = [
  ["square", tf.square, (v) => v * v],
  ["sqrt", tf.sqrt, Math.sqrt],
  ["rsqrt", tf.rsqrt, (v) => 1 / Math.sqrt(v)],
  ["exp", tf.exp, Math.exp],
  ["log", tf.log, Math.log],
  ["neg", tf.neg, (v) => -v],
  ["abs", tf.abs, Math.abs],
  ["sigmoid", tf.sigmoid, (v) => 1 / (1 + Math.exp(-v))],
  ["tanh", tf.tanh, Math.tanh],
  ["relu", tf.relu, (v) => Math.max(v, 0)],
  ["cos", tf.cos, Math.cos],
  ["sin", tf.sin, Math.sin],
  ["round", tf.round, Math.round],
  ["floor", tf.floor, Math.floor],
];

const needsPositive = new Set(["sqrt", "rsqrt", "log"]);

const unaryCases: ContractCase[] = unary.map(([name, run, reference]) => {
  const input = needsPositive.has(name) ? positive : x;
  return {
    name,
    run: () => run(tf.tensor2d(input, [3, 4])),
    expected: float32([3, 4], input.map(reference)),
  };
});

type Binary = (a: tf.TensorLike | tf.Tensor, b: tf.TensorLike | tf.Tensor) => tf.Tensor;

const binary: [name: string, run: Binary, reference: (a: number, b: number) => number][] = [
  ["add", tf.add, (a, b) => a + b],
  ["sub", tf.sub, (a, b) => a - b],
  ["mul", tf.mul, (a, b) => a * b],
  ["div", tf.div, (a, b) => a / b],
  ["maximum", tf.maximum, Math.max],
  ["minimum", tf.minimum, Math.min],
  ["pow", tf.pow, Math.pow],
];

/** Shapes of two operands, and for each element of the result [2, 3, 4] which of theirs is read. */
const broadcasts: [a: number[], b: number[], ofA: (i: number) => number, ofB: (i: number) => number][] = [
  [[2, 3, 4], [2, 3, 4], (i) => i, (i) => i],
  [[2, 3, 4], [], (i) => i, () => 0],
  [[2, 3, 4], [4], (i) => i, (i) => i % 4],
  [[2, 3, 4], [3, 1], (i) => i, (i) => Math.floor(i / 4) % 3],
  [[2, 1, 4], [1, 3, 1], (i) => Math.floor(i / 12) * 4 + (i % 4), (i) => Math.floor(i / 4) % 3],
];

const binaryCases: ContractCase[] = binary.flatMap(([name, run, reference]) =>
  broadcasts.map(([shapeA, shapeB, ofA, ofB]) => {
    const left = noise(tf.util.sizeFromShape(shapeA), 8).map((value) => Math.fround(Math.abs(value) + 0.1));
    const right = noise(tf.util.sizeFromShape(shapeB), 9).map((value) => Math.fround(Math.abs(value) + 0.1));
    const values = Array.from({ length: 24 }, (_, i) => reference(left[ofA(i)]!, right[ofB(i)]!));
    return {
      name: `${name} of [${shapeA.join(", ")}] and [${shapeB.join(", ")}]`,
      run: () => run(tf.tensor(left, shapeA), tf.tensor(right, shapeB)),
      expected: float32([2, 3, 4], values),
    };
  }),
);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rows = [0, 1, 2].map((row) => x.slice(row * 4, row * 4 + 4));
const columns = [0, 1, 2, 3].map((column) => rows.map((row) => row[column]!));
const matrix = (): tf.Tensor2D => tf.tensor2d(x, [3, 4]);

const reductions: ContractCase[] = [
  { name: "sum of everything", run: () => tf.sum(matrix()), expected: float32([], [sum(x)]) },
  { name: "sum of columns", run: () => tf.sum(matrix(), 0), expected: float32([4], columns.map(sum)) },
  {
    name: "sum of rows, kept",
    run: () => tf.sum(matrix(), -1, true),
    expected: float32([3, 1], rows.map(sum)),
  },
  {
    name: "sum over the outer and the inner of three dimensions",
    run: () => tf.sum(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]), [0, 2]),
    expected: float32([3], [18, 26, 34]),
  },
  {
    name: "mean of rows",
    run: () => tf.mean(matrix(), 1),
    expected: float32(
      [3],
      rows.map((row) => sum(row) / 4),
    ),
  },
  {
    name: "max of rows",
    run: () => tf.max(matrix(), 1),
    expected: exact(
      [3],
      rows.map((row) => Math.max(...row)),
    ),
  },
  {
    name: "min of columns",
    run: () => tf.min(matrix(), 0),
    expected: exact(
      [4],
      columns.map((c) => Math.min(...c)),
    ),
  },
  {
    name: "argMax of rows",
    run: () => tf.argMax(matrix(), 1),
    expected: int32(
      [3],
      rows.map((row) => row.indexOf(Math.max(...row))),
    ),
  },
  {
    name: "cumsum along rows",
    run: () => tf.cumsum(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), 1),
    expected: float32([2, 3], [1, 3, 6, 4, 9, 15]),
  },
  {
    name: "addN of three",
    run: () => tf.addN([tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.tensor1d([5, 6])]),
    expected: float32([2], [9, 12]),
  },
];

/** Softmax of each row in float64. */
function softmaxRows(values: readonly number[], width: number): number[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const part = values.slice(row * width, (row + 1) * width);
    const largest = Math.max(...part);
    const powers = part.map((value) => Math.exp(value - largest));
    return powers.map((power) => power / sum(powers));
  }).flat();
}

const wide = noise(4 * 257, 10).map((value) => value * 20);
const masked = [1, 2, -1e9, 3, -1e9, -1e9];

const softmaxes: ContractCase[] = [
  {
    name: "softmax of rows 257 wide",
    run: () => tf.softmax(tf.tensor2d(wide, [4, 257])),
    expected: float32([4, 257], softmaxRows(wide, 257), 1e-6),
  },
  {
    name: "softmax of logits as large as 3e4",
    run: () => tf.softmax(tf.tensor2d([3e4, 3e4 - 1, 0, -3e4], [1, 4])),
    expected: float32([1, 4], softmaxRows([3e4, 3e4 - 1, 0, -3e4], 4), 1e-6),
  },
  {
    name: "softmax behind an additive mask",
    run: () => tf.softmax(tf.tensor2d(masked, [2, 3])),
    expected: float32([2, 3], softmaxRows(masked, 3), 1e-6),
  },
  {
    name: "logSoftmax",
    run: () => tf.logSoftmax(tf.tensor2d(x, [3, 4])),
    expected: float32([3, 4], softmaxRows(x, 4).map(Math.log)),
  },
];

const choices: ContractCase[] = [
  {
    name: "where with a bool condition",
    run: () => tf.where(tf.tensor1d([1, 0, 1], "bool"), tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 5, 6])),
    expected: exact([3], [1, 5, 3]),
  },
  {
    name: "less and logicalAnd",
    run: () => tf.logicalAnd(tf.less(tf.tensor1d([1, 2, 3]), 3), tf.greater(tf.tensor1d([1, 2, 3]), 1)),
    expected: bool([3], [0, 1, 0]),
  },
  {
    name: "clipByValue",
    run: () => tf.clipByValue(tf.tensor1d([-3, 0.5, 3]), -1, 1),
    expected: exact([3], [-1, 0.5, 1]),
  },
];

/** Every case of this file. */
export const elementwiseCases: ContractCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...reductions,
  ...softmaxes,
  ...choices,
];

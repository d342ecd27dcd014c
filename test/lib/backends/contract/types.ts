/** The contract's data types: casts, what mixes to what, whole numbers beyond float32, and tensors without elements. */
import * as tf from "@tensorflow/tfjs-core";
import { bool, exact, float32, int32, type ContractCase } from "./case.ts";

/** 2^24 + 1, the first whole number that float32 does not have. */
const beyondFloat32 = 16_777_217;

/** Casts and mixtures: the traps of int32 beside float32. */
export const typeCases: ContractCase[] = [
  {
    name: "cast of float32 to int32 drops the fraction, towards zero",
    run: () => tf.cast(tf.tensor1d([1.7, -1.7, 0.5, -0.5]), "int32"),
    expected: int32([4], [1, -1, 0, 0]),
  },
  {
    name: "cast of int32 to float32",
    run: () => tf.cast(tf.tensor1d([1, -2], "int32"), "float32"),
    expected: exact([2], [1, -2]),
  },
  {
    name: "cast of float32 to bool is true for all but zero",
    run: () => tf.cast(tf.tensor1d([0, 0.5, -3]), "bool"),
    expected: bool([3], [0, 1, 1]),
  },
  {
    name: "cast of bool to float32",
    run: () => tf.cast(tf.tensor1d([1, 0], "bool"), "float32"),
    expected: exact([2], [1, 0]),
  },
  {
    name: "cast of bool to int32",
    run: () => tf.cast(tf.tensor1d([1, 0], "bool"), "int32"),
    expected: int32([2], [1, 0]),
  },
  {
    name: "int32 and float32 add to float32",
    run: () => tf.add(tf.tensor1d([1, 2], "int32"), tf.tensor1d([0.5, 0.5])),
    expected: float32([2], [1.5, 2.5]),
  },
  {
    name: "int32 and a plain number multiply to float32",
    run: () => tf.mul(tf.tensor1d([1, 2], "int32"), 0.5),
    expected: float32([2], [0.5, 1]),
  },
  {
    name: "a quotient of int32 is int32, rounded down",
    run: () => tf.div(tf.tensor1d([7, -7], "int32"), tf.scalar(2, "int32")),
    expected: int32([2], [3, -4]),
  },
  {
    name: "mod of int32 has the sign of the divisor",
    run: () => tf.mod(tf.tensor1d([7, -7], "int32"), tf.scalar(3, "int32")),
    expected: int32([2], [1, 2]),
  },
  {
    name: "a sum of int32 is int32",
    run: () => tf.sum(tf.tensor1d([beyondFloat32, 1], "int32")),
    expected: int32([], [beyondFloat32 + 1]),
  },
  {
    name: "a sum of bool counts",
    run: () => tf.sum(tf.tensor1d([1, 0, 1], "bool")),
    expected: int32([], [2]),
  },
  {
    name: "a mean of int32 is float32",
    run: () => tf.mean(tf.tensor1d([1, 2], "int32")),
    expected: float32([], [1.5]),
  },
  {
    name: "int32 keeps whole numbers that float32 has not, when gathered",
    run: () => tf.gather(tf.tensor1d([beyondFloat32, 5], "int32"), tf.tensor1d([0], "int32")),
    expected: int32([1], [beyondFloat32]),
  },
  {
    name: "int32 keeps whole numbers that float32 has not, when added, sliced and joined",
    run: () => {
      const one = tf.tensor1d([beyondFloat32, -beyondFloat32], "int32");
      return tf.concat([tf.slice(one, [1], [1]), tf.add(one, tf.scalar(2, "int32"))]);
    },
    expected: int32([3], [-beyondFloat32, beyondFloat32 + 2, 2 - beyondFloat32]),
  },
  {
    name: "equal compares int32 that are the same in float32",
    run: () => tf.equal(tf.tensor1d([beyondFloat32], "int32"), tf.tensor1d([beyondFloat32 - 1], "int32")),
    expected: bool([1], [0]),
  },
  {
    name: "a product of int32 matrices, cast from float32 and back",
    run: () => {
      const a = tf.cast(tf.tensor2d([1, 2, 3, 4], [2, 2], "int32"), "float32");
      return tf.cast(tf.matMul(a, a), "int32");
    },
    expected: int32([2, 2], [7, 10, 15, 22]),
  },
];

/** Tensors with a dimension of zero. */
export const emptyCases: ContractCase[] = [
  { name: "a tensor without elements", run: () => tf.tensor2d([], [0, 3]), expected: exact([0, 3], []) },
  {
    name: "add of empty tensors",
    run: () => tf.add(tf.zeros([0, 3]), tf.zeros([3])),
    expected: exact([0, 3], []),
  },
  { name: "square of an empty tensor", run: () => tf.square(tf.zeros([2, 0])), expected: exact([2, 0], []) },
  {
    name: "reshape of an empty tensor",
    run: () => tf.reshape(tf.zeros([0, 3]), [3, 0]),
    expected: exact([3, 0], []),
  },
  {
    name: "transpose of an empty tensor",
    run: () => tf.transpose(tf.zeros([0, 3])),
    expected: exact([3, 0], []),
  },
  {
    name: "slice of no rows",
    run: () => tf.slice(tf.ones([3, 2]), [1, 0], [0, 2]),
    expected: exact([0, 2], []),
  },
  {
    name: "concat with an empty tensor",
    run: () => tf.concat([tf.zeros([0, 2]), tf.ones([1, 2])], 0),
    expected: exact([1, 2], [1, 1]),
  },
  {
    name: "gather of no rows",
    run: () => tf.gather(tf.ones([3, 2]), tf.tensor1d([], "int32")),
    expected: exact([0, 2], []),
  },
  {
    name: "matMul without rows",
    run: () => tf.matMul(tf.zeros([0, 3]), tf.ones([3, 2])),
    expected: exact([0, 2], []),
  },
  {
    name: "matMul over an inner dimension of zero",
    run: () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
    expected: exact([2, 3], [0, 0, 0, 0, 0, 0]),
  },
  { name: "sum of no elements", run: () => tf.sum(tf.zeros([0, 3]), 0), expected: exact([3], [0, 0, 0]) },
];

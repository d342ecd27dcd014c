/** The contract's operations that only move numbers: gather, scatter, slice, concat and their kin, to the bit. */
import * as tf from "@tensorflow/tfjs-core";
import { exact, int32, type ContractCase } from "./case.ts";

const counted = (...shape: number[]): tf.Tensor =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i),
    shape,
  );
const indices = (values: number[], shape: number[] = [values.length]): tf.Tensor =>
  tf.tensor(values, shape, "int32");

/** Every case of this file. */
export const movingCases: ContractCase[] = [
  {
    name: "gather of rows, some twice",
    run: () => tf.gather(counted(4, 2), indices([3, 0, 3])),
    expected: exact([3, 2], [6, 7, 0, 1, 6, 7]),
  },
  {
    name: "gather along the last dimension",
    run: () => tf.gather(counted(2, 3), indices([2, 0]), 1),
    expected: exact([2, 2], [2, 0, 5, 3]),
  },
  {
    name: "gatherND of elements",
    run: () => tf.gatherND(counted(2, 3), indices([0, 2, 1, 0], [2, 2])),
    expected: exact([2], [2, 3]),
  },
  {
    name: "scatterND, which adds where an index comes twice",
    run: () => tf.scatterND(indices([1, 0, 1], [3, 1]), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), [3, 2]),
    expected: exact([3, 2], [3, 4, 6, 8, 0, 0]),
  },
  {
    name: "scatterND of single elements",
    run: () => tf.scatterND(indices([0, 2, 1, 1], [2, 2]), tf.tensor1d([5, 7]), [2, 3]),
    expected: exact([2, 3], [0, 0, 5, 0, 7, 0]),
  },
  {
    name: "unsortedSegmentSum",
    run: () => tf.unsortedSegmentSum(counted(3, 2), indices([1, 0, 1]) as tf.Tensor1D, 3),
    expected: exact([3, 2], [2, 3, 4, 6, 0, 0]),
  },
  {
    name: "slice of a block in four dimensions",
    run: () => tf.slice(counted(2, 3, 2, 4), [1, 1, 0, 2], [1, 2, 2, 2]),
    expected: exact([1, 2, 2, 2], [34, 35, 38, 39, 42, 43, 46, 47]),
  },
  {
    name: "slice to the end",
    run: () => tf.slice(counted(3, 3), [1, 1], [-1, 2]),
    expected: exact([2, 2], [4, 5, 7, 8]),
  },
  {
    name: "stridedSlice with a step and from the end",
    run: () => tf.stridedSlice(counted(6), [4], [0], [-2]),
    expected: exact([2], [4, 2]),
  },
  {
    name: "concat along the first dimension",
    run: () => tf.concat([counted(1, 2), counted(2, 2)], 0),
    expected: exact([3, 2], [0, 1, 0, 1, 2, 3]),
  },
  {
    name: "concat along the last dimension",
    run: () => tf.concat([counted(2, 1), counted(2, 2), counted(2, 1)], -1),
    expected: exact([2, 4], [0, 0, 1, 0, 1, 2, 3, 1]),
  },
  {
    name: "stack and unstack",
    run: () => tf.stack(tf.unstack(counted(2, 3), 1), 0),
    expected: exact([3, 2], [0, 3, 1, 4, 2, 5]),
  },
  {
    name: "split in unequal parts",
    run: () => tf.split(counted(2, 4), [1, 3], 1)[1]!,
    expected: exact([2, 3], [1, 2, 3, 5, 6, 7]),
  },
  {
    name: "tile",
    run: () => tf.tile(counted(1, 2), [2, 2]),
    expected: exact([2, 4], [0, 1, 0, 1, 0, 1, 0, 1]),
  },
  {
    name: "pad with a value",
    run: () => tf.pad(tf.tensor2d([[1, 2]]), [[1, 0], [0, 1]], 9), // prettier-ignore
    expected: exact([2, 3], [9, 9, 9, 1, 2, 9]),
  },
  { name: "reverse", run: () => tf.reverse(counted(2, 2), 1), expected: exact([2, 2], [1, 0, 3, 2]) },
  {
    name: "reshape of a slice",
    run: () => tf.reshape(tf.slice(counted(2, 3), [0, 1], [2, 2]), [4]),
    expected: exact([4], [1, 2, 4, 5]),
  },
  {
    name: "expandDims and squeeze",
    run: () => tf.squeeze(tf.expandDims(counted(2, 2), 1), [1]),
    expected: exact([2, 2], [0, 1, 2, 3]),
  },
  { name: "fill", run: () => tf.fill([2, 2], 0.5), expected: exact([2, 2], [0.5, 0.5, 0.5, 0.5]) },
  {
    name: "zerosLike and onesLike",
    run: () => tf.concat([tf.zerosLike(counted(2)), tf.onesLike(counted(2))]),
    expected: exact([4], [0, 0, 1, 1]),
  },
  { name: "range of int32", run: () => tf.range(2, 6, 1, "int32"), expected: int32([4], [2, 3, 4, 5]) },
  {
    name: "oneHot",
    run: () => tf.cast(tf.oneHot(indices([1, 0]), 3), "float32"),
    expected: exact([2, 3], [0, 1, 0, 1, 0, 0]),
  },
  {
    name: "topk values",
    run: () => tf.topk(tf.tensor1d([1, 3, 2, 5]), 2).values,
    expected: exact([2], [5, 3]),
  },
  {
    name: "topk indices",
    run: () => tf.topk(tf.tensor1d([1, 3, 2, 5]), 2).indices,
    expected: int32([2], [3, 1]),
  },
];

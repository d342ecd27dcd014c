/** The border of the operations: kernels read memory by the shapes that they are told, so these are checked before. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";

const list = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** The error of tensors that do not fit, E_SHAPE: it names the operation, what it got and what it takes. */
export function shapeError(
  operation: string,
  tensors: Readonly<Record<string, tf.TensorInfo>>,
  allowed: string,
): ResidencyError {
  const got = Object.entries(tensors).map(([name, { shape }]) => `${name} ${list(shape)}`);
  return new ResidencyError(
    "E_SHAPE",
    `Cannot compute ${operation} of ${got.join(", ")}: it takes ${allowed}`,
  );
}

/** Whether two tensors have the same shape. */
export function sameShape(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return a.shape.length === b.shape.length && a.shape.every((extent, axis) => extent === b.shape[axis]);
}

/** Whether a tensor has a number of dimensions; its type is a promise that JavaScript does not keep. */
export function hasRank({ shape }: tf.TensorInfo, rank: number): boolean {
  return shape.length === rank;
}

/** The last extent of a tensor; 1 of a scalar. */
export function lastExtent({ shape }: tf.TensorInfo): number {
  return shape[shape.length - 1] ?? 1;
}

/** Tensors as matrices that decompositions compute with in float64, and back. */
import * as tf from "@tensorflow/tfjs-core";
import type { Matrix } from "./qr.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** The numbers of a tensor that `make` makes, which is disposed of. */
export function* readMatrix(make: () => tf.Tensor2D): TensorReads<Matrix> {
  const tensor = tf.tidy(make);
  try {
    const [rows, columns] = tensor.shape;
    return { rows, columns, values: Float64Array.from(yield tensor) };
  } finally {
    tensor.dispose();
  }
}

/** A matrix in float32. */
export function toTensor({ rows, columns, values }: Matrix): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [rows, columns], "float32");
}

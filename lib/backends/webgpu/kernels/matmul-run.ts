/** What fixes one matrix product on the GPU. */
import type * as tf from "@tensorflow/tfjs-core";
import type { WeightFormat } from "./packed-formats.ts";

/** One product `op(a) op(b)` of `[m, k]` and `[k, n]`; offsets and batch strides are in elements. */
export interface MatMulRun {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  /** One a row for int8, one a block for 4-bit codes. */
  scales?: tf.TensorInfo;
  c: tf.TensorInfo;
  m: number;
  n: number;
  k: number;
  /** a is stored `[k, m]`. */
  transposeA?: boolean;
  /** b is stored `[n, k]`. */
  transposeB?: boolean;
  format?: WeightFormat;
  blockSize?: number;
  /** Adds to what c holds. */
  accumulate?: boolean;
  /** Multiplies the product; 1 when left out. */
  scale?: number;
  aOffset?: number;
  bOffset?: number;
  cOffset?: number;
  batch?: number;
  aStride?: number;
  bStride?: number;
}

/** Makes tensors from seeded random numbers, so that a model is the same on every machine. */
import * as tf from "@tensorflow/tfjs-core";
import type { SeededRandom } from "../random.ts";

/**
 * A float32 tensor of any shape, drawn from a normal distribution.
 *
 * @example
 * import { seededRandom } from "residency/tensor";
 * normalTensor([2, 3], 0.02, seededRandom(1)).shape; // → [2, 3]
 */
export function normalTensor(shape: number[], standardDeviation: number, random: SeededRandom): tf.Tensor {
  const values = new Float32Array(shape.reduce((size, extent) => size * extent, 1));
  for (let i = 0; i < values.length; i++) values[i] = random.normal() * standardDeviation;
  return tf.tensor(values, shape, "float32");
}

/**
 * A float32 tensor of any shape, drawn evenly from [-bound, bound).
 *
 * @example
 * import { seededRandom } from "residency/tensor";
 * uniformTensor([100], 0.5, seededRandom(1)).dataSync().every((value) => Math.abs(value) <= 0.5); // → true
 */
export function uniformTensor(shape: number[], bound: number, random: SeededRandom): tf.Tensor {
  const values = new Float32Array(shape.reduce((size, extent) => size * extent, 1));
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * bound;
  return tf.tensor(values, shape, "float32");
}

/** What a case of the backends' contract is: tensors in, values out, compared with numbers that no backend computed. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose } from "../../../support/closeness.ts";

/** Values that a case expects; without a tolerance they are compared to the bit. */
export interface Expected {
  shape: readonly number[];
  dtype: tf.DataType;
  values: readonly number[];
  /** The largest difference allowed. */
  tolerance?: number;
}

/** One computation and what it gives. */
export interface ContractCase {
  name: string;
  /** Runs inside `tf.tidy`. */
  run: () => tf.Tensor;
  expected: Expected;
}

/** A float32 result, with the usual tolerance. */
export function float32(shape: readonly number[], values: readonly number[], tolerance = 1e-5): Expected {
  return { shape, dtype: "float32", values, tolerance };
}

/** A float32 result that every backend gives to the bit, since its numbers are only moved. */
export function exact(shape: readonly number[], values: readonly number[]): Expected {
  return { shape, dtype: "float32", values };
}

/** An int32 result. */
export function int32(shape: readonly number[], values: readonly number[]): Expected {
  return { shape, dtype: "int32", values };
}

/** A bool result, as 0 and 1. */
export function bool(shape: readonly number[], values: readonly number[]): Expected {
  return { shape, dtype: "bool", values };
}

/** Runs a case on the backend in use, reads its result as every backend can, and compares. */
export async function checkCase({ name, run, expected }: ContractCase): Promise<void> {
  const result = tf.tidy(run);
  const values = await result.data();
  assert.deepEqual(result.shape, expected.shape, `${name}: shape`);
  assert.equal(result.dtype, expected.dtype, `${name}: dtype`);
  result.dispose();
  if (expected.tolerance === undefined) {
    assert.deepEqual(
      Array.from(values, (value) => value + 0), // -0 counts as 0
      [...expected.values],
      name,
    );
  } else {
    assertClose(values, expected.values, expected.tolerance, name);
  }
}

/** Numbers between -1 and 1 that look random and are the same everywhere, float32 to begin with. */
export function noise(size: number, seed = 1): number[] {
  return Array.from({ length: size }, (_, i) =>
    Math.fround(Math.sin((i + 1) * 12.9898 * seed + seed * 78.233)),
  );
}

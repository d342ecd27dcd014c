/** Takes the place of tfjs's matrix product on the GPU, whose programs for narrow results add floats in no fixed order. */
import type * as tf from "@tensorflow/tfjs-core";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { isFewRows } from "./few-rows.ts";
import type { MatMulRun } from "./matmul-run.ts";
import { runNarrowMatMul } from "./narrow-matmul.ts";
import { runMatMul } from "./matmul.ts";
import { replaceKernel } from "./mended-kernels.ts";
import { makeOutput } from "./program.ts";

/** Below this extent a tile would leave most of its lanes idle. */
const narrowExtent = 32;

interface Operands {
  inputs: { a: tf.TensorInfo; b: tf.TensorInfo };
  attributes: { transposeA: boolean; transposeB: boolean };
}

/** The product, or undefined where tfjs's own serves better. */
function tiledProduct(
  backend: ResidencyWebGPUBackend,
  { inputs, attributes }: Operands,
): tf.TensorInfo | undefined {
  const { a, b } = inputs;
  const { transposeA, transposeB } = attributes;
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [batch, batchB] = [outerA, outerB].map((outer) => outer.reduce((size, extent) => size * extent, 1));
  // Broadcasting is left to tfjs, but for the usual case of one matrix on the right for all.
  if (outerA.join() !== outerB.join() && batchB !== 1) return undefined;
  if (a.dtype !== "float32" || b.dtype !== "float32" || outerB.length > outerA.length) return undefined;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  if (batch! > 65_535) return undefined;
  if (batch! * m * n * k === 0) {
    const shape = [...outerA, m, n];
    return backend.makeTensorInfo(shape, "float32", new Float32Array(batch! * m * n));
  }
  const narrow = Math.min(m, n) < narrowExtent;
  if (narrow && batch !== 1) return undefined;
  const c = makeOutput(backend, [...outerA, m, n]);
  const bStride = batchB === 1 ? 0 : n * k;
  const run: MatMulRun = { a, b, c, m, n, k, transposeA, transposeB, batch: batch!, aStride: m * k, bStride };
  if (narrow && !isFewRows(run)) runNarrowMatMul(backend, run);
  else runMatMul(backend, run);
  return c;
}

/** Registers the kernel; what it leaves goes to tfjs's own. */
export function replaceBatchMatMul(): void {
  replaceKernel("BatchMatMul", ({ inputs, attrs, backend }) =>
    tiledProduct(backend as unknown as ResidencyWebGPUBackend, {
      inputs: inputs as unknown as Operands["inputs"],
      attributes: attrs as unknown as Operands["attributes"],
    }),
  );
}

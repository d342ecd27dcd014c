/** The gradient of an embedding on the GPU: one workgroup a row of the table, so that sums have one order. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, makeOutput, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 64;

const program: Program = {
  name: "embedding-grad",
  reads: { dy: "f32", indices: "i32" },
  writes: { table: "f32" },
  parameters: { count: "u32", rows: "u32", dim: "u32" },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let row = groupIndex(group, groups);
  if (row >= p.rows) { return; }
  for (var d = lane; d < p.dim; d += ${lanes}u) { table[row * p.dim + d] = 0.0; }
  for (var n = 0u; n < p.count; n += 1u) {
    if (indices[n] != i32(row)) { continue; }
    // A lane reads and writes its own columns only, so that nothing need wait.
    for (var d = lane; d < p.dim; d += ${lanes}u) { table[row * p.dim + d] += dy[n * p.dim + d]; }
  }
}`,
};

/** Adds up the rows of a gradient by number; see the contract. */
export function embeddingGrad({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"EmbeddingGrad">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const [count = 0, dim = 0] = inputs.dy.shape;
  const { rows } = attributes;
  const table = makeOutput(gpu, [rows, dim]);
  runProgram(gpu, program, {
    reads: [inputs.dy, inputs.indices],
    writes: [table],
    parameters: { count, rows, dim },
    groups: linearGroups(rows),
  });
  return [table];
}

/** Fills positions of a key/value cache on the GPU, in place. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

const program: Program = {
  name: "copy-into",
  reads: { x: "f32" },
  writes: { into: "f32" },
  // A row is what one entry of the batch holds.
  parameters: { size: "u32", row: "u32", intoRow: "u32", start: "u32" },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i < p.size) { into[i / p.row * p.intoRow + p.start + i % p.row] = x[i]; }
}`,
};

/** Copies positions into a cache; see the contract. */
export function copyInto({ inputs, attributes, backend }: FusedKernelCall<"CopyInto">): tf.TensorInfo[] {
  const { into, x } = inputs;
  const width = x.shape.slice(2).reduce((size, extent) => size * extent, 1);
  const [batch = 0, length = 0] = x.shape;
  const size = batch * length * width;
  if (size === 0) return [];
  runProgram(backend as ResidencyWebGPUBackend, program, {
    reads: [x],
    writes: [into],
    parameters: {
      size,
      row: length * width,
      intoRow: into.shape[1]! * width,
      start: attributes.position * width,
    },
    groups: linearGroups(Math.ceil(size / lanes)),
  });
  return [];
}

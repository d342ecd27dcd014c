/** Rotary position embedding on the GPU. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, makeOutput, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

const program: Program = {
  name: "rotary",
  reads: { x: "f32", cosine: "f32", sine: "f32" },
  writes: { y: "f32" },
  parameters: {
    size: "u32",
    heads: "u32",
    dim: "u32",
    turned: "u32",
    positions: "u32",
    sign: "f32",
  },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i >= p.size) { return; }
  let d = i % p.dim;
  if (d >= p.turned) {
    y[i] = x[i];
    return;
  }
  // positions is T where all rows of the batch share their angles, else B · T.
  let angle = ((i / p.dim / p.heads) % p.positions) * p.turned + d;
  let half = p.turned / 2u;
  let first = d < half;
  let partner = x[select(i - half, i + half, first)];
  let turnedPartner = select(partner, -partner, first);
  y[i] = x[i] * cosine[angle] + p.sign * turnedPartner * sine[angle];
}`,
};

/** Turns the first coordinates of each head; see the contract. */
export function rotary({ inputs, attributes, backend }: FusedKernelCall<"Rotary">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { x, cos, sin } = inputs;
  const [batch = 0, length = 0, heads = 0, dim = 0] = x.shape;
  const size = batch * length * heads * dim;
  const y = makeOutput(gpu, x.shape);
  runProgram(gpu, program, {
    reads: [x, cos, sin],
    writes: [y],
    parameters: {
      size,
      heads,
      dim,
      turned: cos.shape[2]!,
      positions: cos.shape[0]! * cos.shape[1]!,
      sign: attributes.inverse ? -1 : 1,
    },
    groups: linearGroups(Math.ceil(size / lanes)),
  });
  return [y];
}

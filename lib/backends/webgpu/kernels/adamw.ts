/** A step of AdamW on the GPU, in place of the parameter and its running means. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

const program: Program = {
  name: "adamw",
  reads: { gradient: "f32" },
  writes: { value: "f32", mean: "f32", variance: "f32" },
  parameters: {
    size: "u32",
    beta1: "f32",
    // 1 - β, computed in float64: in float32 the difference of 1 and 0.999 has three digits left.
    rest1: "f32",
    beta2: "f32",
    rest2: "f32",
    eps: "f32",
    keep: "f32",
    step: "f32",
    rootCorrection2: "f32",
    gradientScale: "f32",
  },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i >= p.size) { return; }
  let g = gradient[i] * p.gradientScale;
  let m = p.beta1 * mean[i] + p.rest1 * g;
  let v = p.beta2 * variance[i] + p.rest2 * g * g;
  mean[i] = m;
  variance[i] = v;
  value[i] = value[i] * p.keep - p.step * m / (sqrt(v) / p.rootCorrection2 + p.eps);
}`,
};

/** One step; see the contract. */
export function adamW({ inputs, attributes, backend }: FusedKernelCall<"AdamW">): tf.TensorInfo[] {
  const { value, gradient, mean, variance } = inputs;
  const { learningRate, beta1, beta2, eps, weightDecay, step, gradientScale } = attributes;
  const size = value.shape.reduce((product, extent) => product * extent, 1);
  if (size === 0) return [];
  runProgram(backend as ResidencyWebGPUBackend, program, {
    reads: [gradient],
    writes: [value, mean, variance],
    parameters: {
      size,
      beta1,
      rest1: 1 - beta1,
      beta2,
      rest2: 1 - beta2,
      eps,
      keep: 1 - learningRate * weightDecay,
      step: learningRate / (1 - beta1 ** step),
      rootCorrection2: Math.sqrt(1 - beta2 ** step),
      gradientScale,
    },
    groups: linearGroups(Math.ceil(size / lanes)),
  });
  return [];
}

/** Sums over whole tensors on the GPU, and the global norm of all gradients. */
import * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { makeOutput, releaseScratch, runProgram, workgroupReduction, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

/** The most workgroups that share a tensor. */
const mostGroups = 64;

/** Each workgroup adds up a share of a tensor, or of its squares, and writes it at its place from `at` on. */
const shareProgram = (squared: boolean): Program => ({
  name: squared ? "sum-of-squares" : "sum",
  reads: { x: "f32" },
  writes: { sums: "f32" },
  parameters: { size: "u32", at: "u32" },
  code: () => /* wgsl */ `
${workgroupReduction(lanes)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = group.x * ${lanes}u + lane; i < p.size; i += groups.x * ${lanes}u) {
    let value = x[i];
    sum += ${squared ? "value * value" : "value"};
  }
  let total = sumOfLanes(sum, lane);
  if (lane == 0u) { sums[p.at + group.x] = total; }
}`,
});

const plain = shareProgram(false);
const squares = shareProgram(true);

/** The sum of all elements, into the scalar `into`. */
export function sumInto(backend: ResidencyWebGPUBackend, x: tf.TensorInfo, into: tf.TensorInfo): void {
  runProgram(backend, plain, {
    reads: [x],
    writes: [into],
    parameters: { size: tf.util.sizeFromShape(x.shape), at: 0 },
    groups: [1],
  });
}

/** The sum of the squares of all inputs; see the contract. */
export function squaredNorm({ inputs, backend }: FusedKernelCall<"SquaredNorm">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const tensors = Object.values(inputs).filter((tensor) => tf.util.sizeFromShape(tensor.shape) > 0);
  const groups = tensors.map((tensor) =>
    Math.min(mostGroups, Math.ceil(tf.util.sizeFromShape(tensor.shape) / (4 * lanes))),
  );
  const total = groups.reduce((sum, count) => sum + count, 0);
  const norm = makeOutput(gpu, []);
  if (total === 0) {
    gpu.tensorMap.get(norm.dataId).values = new Float32Array(1);
    return [norm];
  }
  const shares = makeOutput(gpu, [total]);
  let at = 0;
  for (const [index, tensor] of tensors.entries()) {
    const count = groups[index]!;
    runProgram(gpu, squares, {
      reads: [tensor],
      writes: [shares],
      parameters: { size: tf.util.sizeFromShape(tensor.shape), at },
      groups: [count],
    });
    at += count;
  }
  sumInto(gpu, shares, norm);
  releaseScratch(gpu, shares);
  return [norm];
}

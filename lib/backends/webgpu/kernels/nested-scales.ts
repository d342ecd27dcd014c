/** Scales of packed weights that are quantised themselves, on the GPU. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import {
  groupIndex,
  linearGroups,
  mainArguments,
  makeOutput,
  releaseScratch,
  runProgram,
  type Program,
} from "./program.ts";

/** Lanes of a workgroup; each makes one scale. */
const lanes = 256;

const program: Program = {
  name: "nested-scales",
  reads: { codes: "u32", absmax: "f32", map: "f32" },
  writes: { scales: "f32" },
  parameters: { count: "u32", blockSize: "u32", offset: "f32" },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i >= p.count) { return; }
  let code = (codes[i / 4u] >> (8u * (i % 4u))) & 255u;
  scales[i] = map[code] * absmax[i / p.blockSize] + p.offset;
}`,
};

/** The map that was used last, so that the one of all weights is uploaded once. */
const uploaded = new WeakMap<ResidencyWebGPUBackend, { map: Float32Array; tensor: tf.TensorInfo }>();

function mapOnDevice(gpu: ResidencyWebGPUBackend, map: Float32Array): tf.TensorInfo {
  const last = uploaded.get(gpu);
  if (last?.map === map) return last.tensor;
  if (last) releaseScratch(gpu, last.tensor);
  const tensor = gpu.makeTensorInfo([map.length], "float32", map);
  uploaded.set(gpu, { map, tensor });
  return tensor;
}

/** The scales in float32; see the contract. */
export function nestedScales({
  inputs: { codes, absmax },
  attributes: { map, count, blockSize, offset },
  backend,
}: FusedKernelCall<"NestedScales">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const scales = makeOutput(gpu, [count]);
  runProgram(gpu, program, {
    reads: [codes, absmax, mapOnDevice(gpu, map)],
    writes: [scales],
    parameters: { count, blockSize, offset },
    groups: linearGroups(Math.ceil(count / lanes)),
  });
  return [scales];
}

/** Kernels of tfjs's WebGPU backend that give wrong results, mended: Cast and Sum. */
import * as tf from "@tensorflow/tfjs-core";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, makeOutput, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

type KernelCall = Parameters<tf.KernelFunc>[0];

/** Puts another function in the place of a kernel; it may hand calls on to the old one. */
export function replaceKernel(
  kernelName: string,
  replace: (call: KernelCall) => tf.TensorInfo | undefined,
): void {
  const original = tf.getKernel(kernelName, "webgpu");
  tf.unregisterKernel(kernelName, "webgpu");
  tf.registerKernel({
    kernelName,
    backendName: "webgpu",
    kernelFunc: (call) => replace(call) ?? original.kernelFunc(call),
  });
}

const toFloatProgram: Program = {
  name: "cast-int32-float32",
  reads: { x: "i32" },
  writes: { y: "f32" },
  parameters: { size: "u32" },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i < p.size) { y[i] = f32(x[i]); }
}`,
};

/**
 * int32 and bool to float32. tfjs's own keeps the whole numbers and only calls them floats, which its programs know of;
 * ours read what a tensor says it holds.
 */
function castToFloat({ inputs, attrs, backend }: KernelCall): tf.TensorInfo | undefined {
  const x = inputs["x"] as tf.TensorInfo;
  const { dtype } = attrs as { dtype?: string };
  if (dtype !== "float32" || (x.dtype !== "int32" && x.dtype !== "bool")) return undefined;
  const gpu = backend as unknown as ResidencyWebGPUBackend;
  const { values } = gpu.tensorMap.get(x.dataId);
  if (values as unknown) {
    return gpu.makeTensorInfo(x.shape, "float32", Float32Array.from(values as Int32Array));
  }
  const y = makeOutput(gpu, x.shape);
  const size = tf.util.sizeFromShape(x.shape);
  const groups = linearGroups(Math.ceil(size / lanes));
  runProgram(gpu, toFloatProgram, { reads: [x], writes: [y], parameters: { size }, groups });
  return y;
}

/** Sums over no elements, of which tfjs's own makes a buffer of infinite size. */
function sumOfNothing({ inputs, attrs, backend }: KernelCall): tf.TensorInfo | undefined {
  const x = inputs["x"] as tf.TensorInfo;
  if (tf.util.sizeFromShape(x.shape) > 0) return undefined;
  const { axis, keepDims } = attrs as unknown as { axis: number | number[]; keepDims: boolean };
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const shape = x.shape.flatMap((extent, i) => (!axes.includes(i) ? [extent] : keepDims ? [1] : []));
  const dtype = x.dtype === "bool" ? "int32" : x.dtype;
  const zeros =
    dtype === "int32"
      ? new Int32Array(tf.util.sizeFromShape(shape))
      : new Float32Array(tf.util.sizeFromShape(shape));
  return (backend as unknown as ResidencyWebGPUBackend).makeTensorInfo(shape, dtype, zeros);
}

/** Registers the mended kernels. */
export function mendKernels(): void {
  replaceKernel("Cast", castToFloat);
  replaceKernel("Sum", sumOfNothing);
}

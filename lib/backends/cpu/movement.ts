/** Operations of tfjs that only move elements: slices, concatenation, rows by number. */
import * as tf from "@tensorflow/tfjs-core";
import { cpuBackendName, ownBackend, type ResidencyCpuBackend } from "./backend.ts";
import { chunked } from "./kernel-runner.ts";

type Call = Parameters<tf.KernelFunc>[0];

const hasFourBytes = (dtype: tf.DataType): boolean => dtype === "float32" || dtype === "int32";

/** The elements as 32-bit words, whatever they mean. */
function words(backend: ResidencyCpuBackend, info: tf.TensorInfo): Int32Array {
  return backend.sharedMemory.int32(backend.addressOf(info), tf.util.sizeFromShape(info.shape));
}

function slice(call: Call, fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { begin, size } = call.attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [start, extent] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  tf.slice_util.assertParamsValid(x, start, extent);
  if (!hasFourBytes(x.dtype) || x.shape.length === 0) return fallback(call) as tf.TensorInfo;
  const out = backend.makeUninitialised(extent, x.dtype);
  if (tf.util.sizeFromShape(extent) === 0) return out;
  const from = words(backend, x);
  const to = words(backend, out);
  // Dimensions that are taken whole, from the last one on, are one run with the next.
  let last = x.shape.length - 1;
  let run = 1;
  while (last > 0 && extent[last] === x.shape[last]) run *= x.shape[last--]!;
  const stride = run;
  run *= extent[last]!;
  const strides = [...tf.util.computeStrides(x.shape), 1];
  let written = 0;
  const walk = (axis: number, offset: number): void => {
    if (axis === last) {
      const at = offset + start[axis]! * stride;
      to.set(from.subarray(at, at + run), written);
      written += run;
      return;
    }
    for (let i = 0; i < extent[axis]!; i++) walk(axis + 1, offset + (start[axis]! + i) * strides[axis]!);
  };
  walk(0, 0);
  return out;
}

function concat(call: Call, fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const inputs = call.inputs as unknown as tf.TensorInfo[];
  const axis = tf.util.parseAxisParam((call.attrs as unknown as { axis: number }).axis, inputs[0]!.shape)[0]!;
  const shapes = inputs.map((input) => input.shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  if (!inputs.every((input) => hasFourBytes(input.dtype) && input.dtype === inputs[0]!.dtype)) {
    return fallback(call) as tf.TensorInfo;
  }
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const out = backend.makeUninitialised(shape, inputs[0]!.dtype);
  const to = words(backend, out);
  const outer = tf.util.sizeFromShape(shape.slice(0, axis));
  const rowLength = tf.util.sizeFromShape(shape.slice(axis));
  let column = 0;
  for (const input of inputs) {
    const from = words(backend, input);
    const length = tf.util.sizeFromShape(input.shape.slice(axis));
    for (let row = 0; row < outer; row++) {
      to.set(from.subarray(row * length, (row + 1) * length), row * rowLength + column);
    }
    column += length;
  }
  return out;
}

function gather(call: Call, fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  const { axis, batchDims } = call.attrs as unknown as { axis: number; batchDims?: number };
  if (axis !== 0 || batchDims || !hasFourBytes(x.dtype) || indices.dtype !== "int32" || x.shape.length < 2) {
    return fallback(call) as tf.TensorInfo;
  }
  const rows = x.shape[0]!;
  for (const index of words(backend, indices)) {
    if (index < 0 || index >= rows) {
      throw new RangeError(`Cannot gather row ${index}: the tensor has the rows 0 to ${rows - 1}`);
    }
  }
  const count = tf.util.sizeFromShape(indices.shape);
  const dim = tf.util.sizeFromShape(x.shape.slice(1));
  const out = backend.makeUninitialised([...indices.shape, ...x.shape.slice(1)], x.dtype);
  const { block, chunks } = chunked(count, Math.ceil(32_768 / Math.max(1, dim)));
  const addresses = [x, indices, out].map((info) => backend.addressOf(info));
  backend.runner.run("gatherRows", chunks, [...addresses, count, dim, block]);
  return out;
}

/** Numbers of another kind in new memory: tfjs-backend-cpu hands whole numbers on as float32 without changing their bytes. */
function cast(call: Call, fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { dtype } = call.attrs as unknown as { dtype: tf.DataType };
  const widens = (x.dtype === "bool" && dtype !== "bool") || (x.dtype === "int32" && dtype === "float32");
  if (!widens || dtype === "complex64") return fallback(call) as tf.TensorInfo;
  return backend.makeTensorInfo(x.shape, dtype, backend.numbersOf(x));
}

/** Registers the operations; what they cannot do goes to the kernels of tfjs-backend-cpu. */
export function registerMovement(): void {
  for (const [kernelName, run] of [
    ["Slice", slice],
    ["Concat", concat],
    ["GatherV2", gather],
    ["Cast", cast],
  ] as const) {
    const fallback = tf.getKernel(kernelName, "cpu").kernelFunc;
    tf.registerKernel({
      kernelName,
      backendName: cpuBackendName,
      kernelFunc: (call) => run(call, fallback),
    });
  }
}

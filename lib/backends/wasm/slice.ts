/** A slice kernel for the WebAssembly backend that reads its input where it lies; the backend's own copies it whole first. */
import * as tf from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

type HeapArray = Float32Array | Int32Array | Uint8Array;

/** Copies a box out of a row-major array: all but the last dimension are walked, the last is copied in runs. */
function copyBox(from: HeapArray, to: HeapArray, shape: number[], begin: number[], size: number[]): void {
  const strides = [...tf.util.computeStrides(shape), 1];
  const last = shape.length - 1;
  const run = size[last]!;
  let written = 0;
  const walk = (axis: number, offset: number): void => {
    if (axis === last) {
      to.set(from.subarray(offset + begin[last]!, offset + begin[last]! + run), written);
      written += run;
      return;
    }
    for (let i = 0; i < size[axis]!; i++) walk(axis + 1, offset + (begin[axis]! + i) * strides[axis]!);
  };
  walk(0, 0);
}

function slice({ inputs, backend, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const x = inputs["x"] as tf.TensorInfo;
  const wasm = backend as unknown as Pick<BackendWasm, "makeOutput" | "typedArrayFromHeap">;
  const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [start, extent] = tf.slice_util.parseSliceParams(x, begin, size);
  const out = wasm.makeOutput(extent!, x.dtype);
  if (tf.util.sizeFromShape(extent!) === 0) return out;
  // Making the output may have grown the memory: views are taken only now.
  const from = wasm.typedArrayFromHeap(x);
  const to = wasm.typedArrayFromHeap(out);
  if (tf.slice_util.isSliceContinous(x.shape, start!, extent!)) {
    const offset = tf.slice_util.computeFlatOffset(start!, tf.util.computeStrides(x.shape));
    to.set(from.subarray(offset, offset + tf.util.sizeFromShape(extent!)));
  } else {
    copyBox(from, to, x.shape, start!, extent!);
  }
  return out;
}

/** Puts the kernel in place of the backend's own; string tensors keep the old one. */
export function registerWasmSlice(): void {
  const original = tf.getKernel("Slice", "wasm");
  tf.unregisterKernel("Slice", "wasm");
  tf.registerKernel({
    kernelName: "Slice",
    backendName: "wasm",
    kernelFunc: (args) =>
      (args.inputs["x"] as tf.TensorInfo).dtype === "string" ? original.kernelFunc(args) : slice(args),
  });
}

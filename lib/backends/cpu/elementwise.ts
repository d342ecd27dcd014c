/** Arithmetic of tfjs on all threads: two operands with the usual broadcasting, one operand, sums and softmax of rows. */
import * as tf from "@tensorflow/tfjs-core";
import { cpuBackendName, ownBackend } from "./backend.ts";
import { chunked } from "./kernel-runner.ts";

/** In the order of `combine` in assembly/elementwise.ts. */
const binaryOperations = ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum"] as const;

/** In the order of `apply` in assembly/elementwise.ts. */
const unaryOperations = [
  "Neg",
  "Square",
  "Sqrt",
  "Rsqrt",
  "Exp",
  "Sigmoid",
  "Tanh",
  "Abs",
  "Relu",
  "Reciprocal",
] as const;

/** Sixteen-byte vectors that one thread works on before it asks for more: 64 KB. */
const leastVectors = 4096;
/** Elements of rows that one thread works on before it asks for more. */
const leastElements = 16_384;

const vectorsOf = (size: number): number => Math.ceil(size / 4);

/** How an operand stands in the rows of the result: full, one row for all, one number a row, or one number. */
interface RowOperand {
  row: number;
  step: number;
}

/** The operand's place when the result is seen as rows of `dim`, or undefined for other forms of broadcasting. */
function asRows(shape: number[], result: number[], dim: number): RowOperand | undefined {
  const size = tf.util.sizeFromShape(shape);
  if (size === tf.util.sizeFromShape(result)) return { row: dim, step: 1 };
  if (size === 1) return { row: 0, step: 0 };
  const padded = [...new Array<number>(result.length - shape.length).fill(1), ...shape];
  const last = result.length - 1;
  if (padded[last] === dim && size === dim) return { row: 0, step: 1 };
  if (padded[last] === 1 && padded.slice(0, last).every((extent, i) => extent === result[i])) {
    return { row: 1, step: 0 };
  }
  return undefined;
}

function binary(
  call: Parameters<tf.KernelFunc>[0],
  operation: number,
  fallback: tf.KernelFunc,
): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(call) as tf.TensorInfo;
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const size = tf.util.sizeFromShape(shape);
  const dim = shape[shape.length - 1] ?? 1;
  const left = asRows(a.shape, shape, dim);
  const right = asRows(b.shape, shape, dim);
  if (!left || !right || size === 0) return fallback(call) as tf.TensorInfo;
  const out = backend.makeUninitialised(shape);
  const [x, y, z] = [backend.addressOf(a), backend.addressOf(b), backend.addressOf(out)];
  if (left.row === dim && right.row === dim) {
    const { block, chunks } = chunked(vectorsOf(size), leastVectors);
    backend.runner.run("binary", chunks, [x, y, z, vectorsOf(size), block, operation]);
  } else {
    const { block, chunks } = chunked(size / dim, Math.ceil(leastElements / dim));
    const steps = [left.row, right.row, left.step, right.step];
    backend.runner.run("binaryRows", chunks, [x, y, z, size / dim, dim, block, operation, ...steps]);
  }
  return out;
}

function unary(
  call: Parameters<tf.KernelFunc>[0],
  operation: number,
  fallback: tf.KernelFunc,
): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { x } = call.inputs as { x: tf.TensorInfo };
  if (x.dtype !== "float32") return fallback(call) as tf.TensorInfo;
  const out = backend.makeUninitialised(x.shape);
  const vectors = vectorsOf(tf.util.sizeFromShape(x.shape));
  const { block, chunks } = chunked(vectors, leastVectors);
  backend.runner.run("unary", chunks, [
    backend.addressOf(x),
    backend.addressOf(out),
    vectors,
    block,
    operation,
  ]);
  return out;
}

/** Sum, Mean and Max over the last dimensions; other axes go to the fallback. */
function reduce(
  call: Parameters<tf.KernelFunc>[0],
  { name, reduction }: { name: "Sum" | "Mean" | "Max"; reduction: "axis" | "reductionIndices" },
  fallback: tf.KernelFunc,
): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const x = call.inputs["x"] as tf.TensorInfo;
  const attributes = call.attrs as unknown as Record<typeof reduction, number | number[]> & {
    keepDims?: boolean;
  };
  const { keepDims = false } = attributes;
  const axes = tf.util.parseAxisParam(attributes[reduction], x.shape);
  const first = x.shape.length - axes.length;
  const isTail = [...axes].sort((p, q) => p - q).every((value, i) => value === first + i);
  const dim = tf.util.sizeFromShape(x.shape.slice(first));
  if (x.dtype !== "float32" || !isTail || tf.util.sizeFromShape(x.shape) === 0)
    return fallback(call) as tf.TensorInfo;
  const outer = x.shape.slice(0, first);
  const rows = tf.util.sizeFromShape(outer);
  const out = backend.makeUninitialised(keepDims ? [...outer, ...axes.map(() => 1)] : outer);
  const { block, chunks } = chunked(rows, Math.ceil(leastElements / dim));
  backend.runner.run(
    "reduceRows",
    chunks,
    [backend.addressOf(x), backend.addressOf(out), rows, dim, block, name === "Max" ? 1 : 0],
    [name === "Mean" ? 1 / dim : 1],
  );
  return out;
}

function softmax(call: Parameters<tf.KernelFunc>[0], fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { logits } = call.inputs as { logits: tf.TensorInfo };
  const { dim: axis } = call.attrs as unknown as { dim: number };
  const dim = logits.shape[logits.shape.length - 1] ?? 1;
  if (logits.dtype !== "float32" || axis !== logits.shape.length - 1 || dim === 0) {
    return fallback(call) as tf.TensorInfo;
  }
  const out = backend.makeUninitialised(logits.shape);
  const rows = tf.util.sizeFromShape(logits.shape) / dim;
  const { block, chunks } = chunked(rows, Math.ceil(leastElements / 4 / dim));
  backend.runner.run("softmax", chunks, [
    backend.addressOf(logits),
    backend.addressOf(out),
    rows,
    dim,
    block,
  ]);
  return out;
}

function transpose(call: Parameters<tf.KernelFunc>[0], fallback: tf.KernelFunc): tf.TensorInfo {
  const backend = ownBackend(call.backend);
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { perm } = call.attrs as unknown as { perm: number[] };
  if (x.dtype !== "float32" || perm.join() !== "1,0") return fallback(call) as tf.TensorInfo;
  const [rows, columns] = x.shape as [number, number];
  const out = backend.makeUninitialised([columns, rows]);
  backend.runner.run("transpose", Math.ceil(columns / 32), [
    backend.addressOf(x),
    backend.addressOf(out),
    rows,
    columns,
  ]);
  return out;
}

/** Registers the operations; what a kernel here cannot do goes to that of tfjs-backend-cpu. */
export function registerElementwise(): void {
  const register = (
    kernelName: string,
    run: (call: Parameters<tf.KernelFunc>[0], fallback: tf.KernelFunc) => tf.TensorInfo,
  ): void => {
    const fallback = tf.getKernel(kernelName, "cpu").kernelFunc;
    tf.registerKernel({
      kernelName,
      backendName: cpuBackendName,
      kernelFunc: (call) => run(call, fallback),
    });
  };
  binaryOperations.forEach((name, operation) =>
    register(name, (call, fallback) => binary(call, operation, fallback)),
  );
  unaryOperations.forEach((name, operation) =>
    register(name, (call, fallback) => unary(call, operation, fallback)),
  );
  for (const name of ["Sum", "Mean", "Max"] as const) {
    const reduction = name === "Max" ? "reductionIndices" : "axis";
    register(name, (call, fallback) => reduce(call, { name, reduction }, fallback));
  }
  register("Softmax", softmax);
  register("Transpose", transpose);
}

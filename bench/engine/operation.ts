/** A single operation that can be timed, and how it is timed. */
import * as tf from "@tensorflow/tfjs-core";
import { median } from "./median.ts";

/** What an operation is counted in: arithmetic where it computes, bytes where it moves. */
export type RateUnit = "GFLOP/s" | "GB/s";

/** An operation on tensors that are ready. */
export interface PreparedOperation {
  /** Computes once; the result is disposed of by the caller. */
  run: () => tf.Tensor;
  dispose: () => void;
}

/** An operation of one shape. */
export interface Operation {
  /** Such as "matMul nt"; equal names of growing shapes follow one another. */
  name: string;
  shape: string;
  unit: RateUnit;
  /** Floating-point operations, or the bytes that have to be read and written at least. */
  work: number;
  prepare(): PreparedOperation;
}

/** A measured operation; the names are those of the printed JSON. */
export interface OperationTiming {
  operation: string;
  shape: string;
  /** The median of the samples, and the fastest of them. */
  ms: number;
  ms_fastest: number;
  /** GFLOP/s or GB/s of the median, and of the fastest. */
  rate: number;
  rate_fastest: number;
  unit: RateUnit;
  runs: number;
}

/** As long a batch of runs is, so that waiting for the result does not count. */
const batchMilliseconds = 20;

/** Computes a number of times and waits until the last result is there, also on backends that compute later. */
async function runBatch(run: () => tf.Tensor, count: number): Promise<number> {
  const start = performance.now();
  let last: tf.Tensor | undefined;
  for (let i = 0; i < count; i++) {
    last?.dispose();
    last = tf.tidy(run);
  }
  const corner = tf.tidy(() => tf.slice(tf.reshape(last!, [-1]), [0], [1]));
  await corner.data();
  const milliseconds = performance.now() - start;
  tf.dispose([corner, last!]);
  return milliseconds / count;
}

/** Times an operation for some seconds, a run before that not counted; the median of batches of runs. */
export async function timeOperation(operation: Operation, seconds: number): Promise<OperationTiming> {
  const { run, dispose } = operation.prepare();
  try {
    const first = await runBatch(run, 1);
    const count = Math.max(1, Math.min(1000, Math.floor(batchMilliseconds / first)));
    const samples: number[] = [];
    const deadline = performance.now() + 1000 * seconds;
    while (samples.length === 0 || performance.now() < deadline) samples.push(await runBatch(run, count));
    const ms = median(samples);
    const fastest = Math.min(...samples);
    return {
      operation: operation.name,
      shape: operation.shape,
      ms,
      ms_fastest: fastest,
      rate: operation.work / ms / 1e6,
      rate_fastest: operation.work / fastest / 1e6,
      unit: operation.unit,
      runs: samples.length * count,
    };
  } finally {
    dispose();
  }
}

/** What an operation computes, of which tensors. */
export interface Computation {
  /** The shapes of the inputs, which are drawn anew. */
  inputs: readonly (readonly number[])[];
  /** Makes tensors that have no gradient and are the same in each run, such as masks and angles. */
  constants?: () => tf.Tensor[];
  compute: (inputs: tf.Tensor[], constants: tf.Tensor[]) => tf.Tensor;
}

/** Makes an operation of a computation. */
export function forwardOperation(
  description: Omit<Operation, "prepare">,
  { inputs: shapes, constants: makeConstants = () => [], compute }: Computation,
): Operation {
  return {
    ...description,
    prepare() {
      const inputs = shapes.map((shape, index) => tf.randomNormal([...shape], 0, 1, "float32", index + 1));
      const constants = makeConstants();
      return {
        run: () => compute(inputs, constants),
        dispose: () => tf.dispose([...inputs, ...constants]),
      };
    },
  };
}

/** The same with the gradient of every input: forward and backward together. */
export function gradientOperation(
  description: Omit<Operation, "prepare">,
  { compute, ...computation }: Computation,
): Operation {
  return forwardOperation(description, {
    ...computation,
    compute(inputs, constants) {
      const differentiate = tf.grads((...args: tf.Tensor[]) => compute(args, constants));
      return differentiate(inputs)[0]!;
    },
  });
}

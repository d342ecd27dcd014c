/** Work that reads tensors on its way, written once for backends that read at once and for those that have to wait. */
import type * as tf from "@tensorflow/tfjs-core";

/** Work that yields each tensor that it needs the numbers of, gets a copy of them back, and ends with a result. */
export type TensorReads<Result> = Generator<tf.Tensor, Result, Float32Array>;

/** Goes on with work after a read, or ends it by the read's error. */
function step<Result>(
  work: TensorReads<Result>,
  read: Float32Array | undefined,
): IteratorResult<tf.Tensor, Result> {
  // The first value that a generator is given goes nowhere.
  return work.next(read ?? new Float32Array());
}

/**
 * Reads at once.
 *
 * @throws ResidencyError E_SYNC_READ on webgpu.
 */
export function readingAtOnce<Result>(work: TensorReads<Result>): Result {
  let next = step(work, undefined);
  while (next.done !== true) {
    let values: Float32Array;
    try {
      // A copy: the backend may hand out a view of memory that it gives away again.
      values = next.value.dataSync<"float32">().slice();
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = step(work, values);
  }
  return next.value;
}

/** Waits for each read, on every backend. */
export async function readingInTurns<Result>(work: TensorReads<Result>): Promise<Result> {
  let next = step(work, undefined);
  while (next.done !== true) {
    let values: Float32Array;
    try {
      values = (await next.value.data<"float32">()).slice();
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = step(work, values);
  }
  return next.value;
}

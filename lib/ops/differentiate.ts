/** Takes gradients as tfjs does, and leaves nothing behind when that fails. */
import * as tf from "@tensorflow/tfjs-core";

/** The part of tfjs' engine that holds the operations of a gradient and what they have saved. */
interface TapeState {
  gradientDepth: number;
  activeTape: { saved?: tf.Tensor[] }[] | null | undefined;
}

const tapeState = (): TapeState => tf.engine().state;

/** Disposes of what the operations of the tape have saved. */
export function disposeTape(): void {
  const state = tapeState();
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = null;
}

/** A value and its gradients; null for a tensor that it does not depend on. */
export interface Differentiated<T extends tf.Tensor> {
  value: T;
  gradients: (tf.Tensor | null | undefined)[];
}

/**
 * Runs `f` with the tape on and differentiates its value by `xs`, beginning with the gradient `dy`, which is 1 when left
 * out. It may be called within a backward pass. tfjs gives back what operations have saved only at a good end; here it is
 * given back after an error too, such as one of the memory, so that a smaller batch can be tried.
 *
 * @example
 * const x = tf.tensor1d([3]);
 * differentiate(() => tf.square(x), [x]).gradients; // → [tf.tensor1d([6])]
 */
export function differentiate<T extends tf.Tensor>(
  f: () => T,
  xs: tf.Tensor[],
  dy?: tf.Tensor,
): Differentiated<T> {
  const state = tapeState();
  // A gradient within a backward pass starts a tape of its own and clears it; the outer one is still needed.
  const outer = state.activeTape;
  let value: T | undefined;
  try {
    const forward = (): T => (value = f());
    const { grads } = tf.engine().gradients(forward, xs, dy, true);
    return { value: value!, gradients: grads };
  } catch (error) {
    value?.dispose();
    if (state.gradientDepth === 0 && state.activeTape !== outer) disposeTape();
    throw error;
  } finally {
    state.activeTape = outer;
  }
}

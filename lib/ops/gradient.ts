/** Operations with a gradient of their own, which give memory back as soon as the backward pass is done with it. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runKernel, type FusedKernelName } from "../backends/index.ts";

/** tfjs types the callback of customGrad by one tensor; this is the form with several inputs and any rank. */
type GradientFunction = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
};

/** The part of tfjs' engine that says where a backward pass stands. */
interface EngineState {
  gradientDepth: number;
  /** Operations that have started and not ended; theirs are the entries of the tape. */
  kernelDepth: number;
  activeScope: { id: number; track: tf.Tensor[] } | null;
  activeTape: TapeNode[];
  nextTapeNodeId: number;
}

/** An operation on the tape, as tfjs reads it. */
interface TapeNode {
  id: number;
  kernelName: string;
  inputs: tf.NamedTensorMap;
  outputs: tf.Tensor[];
  saved?: tf.Tensor[];
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

const engineState = (): EngineState => tf.engine().state;

/**
 * Whether a gradient is being recorded, so that a forward pass has to keep what the backward pass needs.
 *
 * @example
 * isRecording(); // → false
 */
export function isRecording(): boolean {
  return engineState().gradientDepth > 0;
}

/**
 * Whether each operation that is called now gets an entry on the tape. In the backward pass of an operation this means
 * that a gradient of the gradient is being recorded.
 */
export function isTapeOn(): boolean {
  const { gradientDepth, kernelDepth } = engineState();
  return gradientDepth > 0 && kernelDepth === 0;
}

/**
 * Whether an operation may leave its work to a fused kernel: kernels have no gradients, so that what is itself to be
 * differentiated is composed of operations that have.
 */
export function mayFuse(name: FusedKernelName): boolean {
  return hasFusedKernel(name) && !isTapeOn();
}

/**
 * Disposes of what a backward pass will not look at again. tfjs itself keeps the activations and the gradients of all
 * layers until the whole pass is over, which doubles the memory of training.
 */
function release(dy: tf.Tensor, saved: readonly tf.Tensor[], gradients: readonly tf.Tensor[]): void {
  const { gradientDepth, activeScope } = engineState();
  // A gradient of a gradient still needs them.
  if (gradientDepth > 0) return;
  const returned = new Set(gradients.map(({ id }) => id));
  for (const tensor of saved) {
    if (!returned.has(tensor.id)) tensor.dispose();
  }
  // The gradient of the value belongs to the pass unless a caller handed it in.
  if (dy.scopeId === activeScope?.id && !returned.has(dy.id)) dy.dispose();
}

/**
 * Applies a function with a gradient of its own to some tensors.
 *
 * `forward` gets the inputs and `save`; `backward` gets the gradient of the value and what was saved, and returns one
 * new tensor an input, none of them `dy` itself. What either makes on the way is disposed of. A gradient of the gradient
 * knows of saved inputs only: where {@link isTapeOn}, `backward` has to make again what `forward` has made and saved.
 */
export function withGradient(
  inputs: tf.Tensor[],
  forward: (inputs: tf.Tensor[], save: (tensors: tf.Tensor[]) => void) => tf.Tensor,
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  // Without a gradient there is no tape to write, and generation is made of thousands of small operations.
  if (!isTapeOn()) return withoutGradient(() => forward(inputs, () => undefined));
  const state = engineState();
  if (state.gradientDepth === 1) return record(inputs, forward, backward);
  // Only tfjs' own copies of what is saved have gradients themselves.
  const both: GradientFunction = (...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    return {
      value: forward(args.slice(0, -1) as tf.Tensor[], save),
      gradFunc: (dy, saved) => {
        const gradients = tf.tidy(() => backward(dy, saved));
        release(dy, saved, gradients);
        return gradients;
      },
    };
  };
  return tf.customGrad(both)(...inputs);
}

/** The same elements as another tensor, which is to be disposed of by itself. */
function alias(x: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  const copy = engine.makeTensorFromTensorInfo(x);
  // Its numbers may still lie in another backend than the one in use.
  engine.state.tensorInfo.get(x.dataId)!.backend.incRef(x.dataId);
  return engine.keep(copy);
}

/**
 * An operation of a gradient that has no gradient itself, written on the tape as tfjs' customGrad does it, which besides
 * runs and records an operation for each tensor that is saved.
 */
function record(...[inputs, forward, backward]: Parameters<typeof withGradient>): tf.Tensor {
  const state = engineState();
  const saved: tf.Tensor[] = [];
  const save = (tensors: tf.Tensor[]): void => {
    for (const tensor of tensors) saved.push(alias(tensor));
  };
  let value: tf.Tensor;
  state.kernelDepth++;
  try {
    value = tf.tidy(() => forward(inputs, save));
  } catch (error) {
    tf.dispose(saved);
    throw error;
  } finally {
    state.kernelDepth--;
  }
  state.activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: "",
    inputs: Object.fromEntries(inputs.map((input, i) => [i, input])),
    outputs: [value],
    saved,
    gradient([dy]) {
      const gradients = tf.tidy(() => backward(dy!, saved));
      release(dy!, saved, gradients);
      return Object.fromEntries(gradients.map((gradient, i) => [i, () => gradient]));
    },
  });
  return value;
}

/** The elements of a tensor as the matrix `[rows, n]` of its last dimension, for a kernel that runs directly. */
export function matrixInfo({ dataId, shape, dtype, size }: tf.Tensor): tf.TensorInfo {
  const columns = shape[shape.length - 1]!;
  return { dataId, dtype, shape: [size / columns, columns] };
}

/**
 * `forward` without a gradient: what it makes beside its value is disposed of. Most operations make nothing else, and
 * then a scope of tfjs' own would be most of their time.
 */
function withoutGradient(forward: () => tf.Tensor): tf.Tensor {
  const { activeScope } = engineState();
  if (!activeScope) return tf.tidy(forward);
  const { track } = activeScope;
  const before = track.length;
  const value = forward();
  if (track.length === before || (track.length === before + 1 && track[before] === value)) return value;
  const made = track.splice(before);
  for (const tensor of made) {
    if (tensor === value || tensor.kept) track.push(tensor);
    else tensor.dispose();
  }
  return value;
}

/** The same elements under another shape, by the shortest road; without a gradient of its own where none is recorded. */
export function view<R extends tf.Rank>(x: tf.Tensor, shape: readonly number[]): tf.Tensor<R> {
  return runKernel("Reshape", { x }, { shape: [...shape] })[0] as tf.Tensor<R>;
}

/**
 * `x + y` of one shape; unlike tfjs' addition it keeps neither for the backward pass.
 *
 * @example
 * addResidual(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])); // → [4, 6]
 */
export function addResidual(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (!isRecording()) return runKernel("Add", { a: x, b: y })[0]!;
  return withGradient(
    [x, y],
    ([a, b]) => runKernel("Add", { a: a!, b: b! })[0]!,
    (dy) => [view(dy, x.shape), view(dy, y.shape)],
  );
}

/**
 * The same elements under another shape; unlike tfjs' reshape it keeps nothing for the backward pass.
 *
 * @example
 * reshape(tf.tensor1d([1, 2, 3, 4]), [2, 2]); // → [[1, 2], [3, 4]]
 */
export function reshape<R extends tf.Rank>(x: tf.Tensor, shape: number[]): tf.Tensor<R> {
  if (!isRecording()) return view(x, shape);
  return withGradient(
    [x],
    ([input]) => view(input!, shape),
    (dy) => [view(dy, x.shape)],
  ) as tf.Tensor<R>;
}

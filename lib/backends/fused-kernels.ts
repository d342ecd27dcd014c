/** The contract of fused kernels: what a backend may offer beside the operations of tfjs, with names, inputs and outputs. */
import * as tf from "@tensorflow/tfjs-core";
import { findKernel, runKernel } from "./direct-kernel.ts";

/** How the elements of a packed weight are stored. */
export type PackedFormat = "bf16" | "f16" | "int8" | "nf4" | "fp4";

/** What becomes of the losses of rows, as in PyTorch's cross-entropy: their sum when left out, or "none". */
export type Reduction = "sum" | "none";

/**
 * What a prediction costs: "nll" its -log p(target); "dft" that, weighted by p, which counts as a constant (Wu et al., 2025, arXiv
 * 2508.05629); with a `smoothing` s above 0 and below 1, `(1 - s) · -log p(target) + s · mean over the vocabulary of -log p` (Szegedy
 * et al., 2016).
 */
export type TokenLoss = "nll" | "dft" | { smoothing: number };

/** How much the labels of a loss are smoothed; 0 for not at all. */
export const smoothingOf = (loss: TokenLoss | undefined): number =>
  typeof loss === "object" ? loss.smoothing : 0;

/** The activation of a gated feed-forward layer. */
export type GateActivation = "silu" | "gelu_tanh";

/**
 * The kernels by name. All numbers are float32 tensors unless said otherwise; inputs are never changed but where the
 * kernel's comment says "in place". A kernel returns its outputs in the order of the comment.
 *
 * Every kernel has a composed reference in `lib/ops`, in plain tfjs operations, that defines what it computes.
 */
export interface FusedKernels {
  /**
   * `x Wᵀ` (forward) or `x W` (`transposed`, the gradient of the input) through a weight that stays packed.
   * codes: int32 storage of the packed bytes, little-endian, the rows `[out, in]` one after the other:
   * two bf16 or f16, four int8, or eight 4-bit codes an element (of each byte, the high half comes first).
   * scales: int8 one a row `[out]` (value = code · scale / 127); 4-bit one a block of `blockSize` elements of the
   * flattened matrix (value = table[code] · scale); bf16 and f16 have none and pass `[0]`.
   * The scales of 4-bit weights may be codes themselves, of which `nested` and `absmax` say the rest, as for NestedScales.
   * x `[rows, in]` -> y `[rows, out]`; transposed: x `[rows, out]` -> y `[rows, in]`.
   */
  PackedMatMul: {
    inputs: { x: tf.TensorInfo; codes: tf.TensorInfo; scales: tf.TensorInfo; absmax?: tf.TensorInfo };
    attributes: {
      format: PackedFormat;
      out: number;
      in: number;
      blockSize: number;
      transposed: boolean;
      nested?: FusedKernels["NestedScales"]["attributes"] | undefined;
    };
  };
  /**
   * Scales that are quantised themselves, `map[code] · absmax of its block + offset`: codes int32 storage of one byte a scale, absmax
   * `[ceil(count / blockSize)]` -> `[count]`. The 256 values of the map are mostly the same for all weights.
   */
  NestedScales: {
    inputs: { codes: tf.TensorInfo; absmax: tf.TensorInfo };
    attributes: { map: Float32Array; count: number; blockSize: number; offset: number };
  };
  /**
   * `x Wᵀ + scale · low factorᵀ` of x `[rows, k]`, W `[n, k]`, low `[rows, r]` and factor `[n, r]`; `transposed` (the gradient of the
   * input): `x W + scale · low factor` of W `[k, n]` and factor `[r, n]`. -> y `[rows, n]`
   */
  LowRankMatMul: {
    inputs: { x: tf.TensorInfo; weight: tf.TensorInfo; low: tf.TensorInfo; factor: tf.TensorInfo };
    attributes: { transposed: boolean; scale: number };
  };
  /** `into += scale · op(a) op(b)` in place, of matrices. Returns nothing. */
  MatMulInto: {
    inputs: { into: tf.TensorInfo; a: tf.TensorInfo; b: tf.TensorInfo };
    attributes: { transposeA: boolean; transposeB: boolean; scale: number };
  };
  /** Products `op(a0) op(b0)`, `op(a1) op(b1)`, … of matrices, none of which needs another; their options in the same order. */
  MatMuls: {
    inputs: Record<`${"a" | "b"}${number}`, tf.TensorInfo>;
    attributes: { products: readonly { transposeA?: boolean; transposeB?: boolean }[] };
  };
  /** `x · inverse · (weight + offset)`, inverse = 1/sqrt(mean(x²) + eps): x `[rows, dim]` -> y, inverse `[rows]`. */
  RmsNorm: {
    inputs: { x: tf.TensorInfo; weight: tf.TensorInfo };
    attributes: { eps: number; offset: number };
  };
  /** dx `[rows, dim]`, and dweight `[dim]` when `trainsWeight`. */
  RmsNormGrad: {
    inputs: { dy: tf.TensorInfo; x: tf.TensorInfo; weight: tf.TensorInfo; inverse: tf.TensorInfo };
    attributes: { offset: number; trainsWeight: boolean };
  };
  /** `(x - mean) · inverse · weight + bias`: x `[rows, dim]` -> y, mean `[rows]`, inverse `[rows]`. */
  LayerNorm: {
    inputs: { x: tf.TensorInfo; weight: tf.TensorInfo; bias: tf.TensorInfo };
    attributes: { eps: number };
  };
  /** dx `[rows, dim]`, and dweight `[dim]`, dbias `[dim]` when `trainsWeight`. */
  LayerNormGrad: {
    inputs: {
      dy: tf.TensorInfo;
      x: tf.TensorInfo;
      weight: tf.TensorInfo;
      mean: tf.TensorInfo;
      inverse: tf.TensorInfo;
    };
    attributes: { trainsWeight: boolean };
  };
  /**
   * Turns the pairs (i, i + rotaryDim/2) of the first rotaryDim coordinates, the rest is copied: x `[B, T, heads, dim]`,
   * cos and sin `[1 or B, T, rotaryDim]` (the half-split form, both halves equal) -> `[B, T, heads, dim]`. `inverse` turns
   * by the opposite angle, which is the gradient.
   */
  Rotary: {
    inputs: { x: tf.TensorInfo; cos: tf.TensorInfo; sin: tf.TensorInfo };
    attributes: { inverse: boolean };
  };
  /**
   * `softmax(cap(scale · q kᵀ)) v` a head: q `[B, T, heads, dim]`, k and v `[B, capacity, kvHeads, dim]`, of which the
   * first S positions are read -> out `[B, T, heads, dim]`, logSumExp `[B, heads, T]` of the scores that are seen. Query t stands at key position
   * S - T + t and sees key s when s is not behind it, not further back than `window - 1` (0: no window), and has the
   * same number in segments, int32 `[B, S]` or `[1, S]`, where 0 is padding, which nobody sees. A query that sees
   * nothing gives zeros and a logSumExp of -infinity. `softcap` c > 0 replaces a score s by c · tanh(s / c).
   * No more than a tile of scores is ever held.
   */
  Attention: {
    inputs: { q: tf.TensorInfo; k: tf.TensorInfo; v: tf.TensorInfo; segments: tf.TensorInfo };
    attributes: { scale: number; window: number; softcap: number };
  };
  /** dq, dk, dv in the shapes of q, k, v; the capacity is S. */
  AttentionGrad: {
    inputs: {
      dy: tf.TensorInfo;
      q: tf.TensorInfo;
      k: tf.TensorInfo;
      v: tf.TensorInfo;
      segments: tf.TensorInfo;
      out: tf.TensorInfo;
      logSumExp: tf.TensorInfo;
    };
    attributes: { scale: number; window: number; softcap: number };
  };
  /** Copies x `[B, T, …]` in place into the positions from `position` on of into `[B, capacity, …]`. Returns nothing. */
  CopyInto: {
    inputs: { into: tf.TensorInfo; x: tf.TensorInfo };
    attributes: { position: number };
  };
  /** `activation(gate) · up`, element by element, one shape. */
  Gate: {
    inputs: { gate: tf.TensorInfo; up: tf.TensorInfo };
    attributes: { activation: GateActivation };
  };
  /** dgate, dup. */
  GateGrad: {
    inputs: { dy: tf.TensorInfo; gate: tf.TensorInfo; up: tf.TensorInfo };
    attributes: { activation: GateActivation };
  };
  /** `gelu(x)`, with the error function or, `approximate`, with tanh. */
  Gelu: { inputs: { x: tf.TensorInfo }; attributes: { approximate: boolean } };
  /** dx. */
  GeluGrad: { inputs: { dy: tf.TensorInfo; x: tf.TensorInfo }; attributes: { approximate: boolean } };
  /** Sums the rows of dy `[N, dim]` into row indices[n], int32 `[N]`, of a table `[rows, dim]`, in the order of n. */
  EmbeddingGrad: {
    inputs: { dy: tf.TensorInfo; indices: tf.TensorInfo };
    attributes: { rows: number };
  };
  /**
   * The sum of -log softmax(logits)[target], or of what `loss` says, over the rows whose target is not -100: logits `[N, V]`, targets
   * int32 `[N]` -> the sum, a scalar, and, `withGradient`, its gradient dlogits `[N, V]`. The reduction "none" gives the losses
   * of the rows, `[N]`, in place of their sum. `figures` adds a last output, `[2]`: how many of these rows have the target as their
   * largest logit (the first one of several), and the sum of the entropies of softmax(logits), in nats.
   */
  CrossEntropy: {
    inputs: { logits: tf.TensorInfo; targets: tf.TensorInfo };
    attributes: { withGradient: boolean; reduction?: Reduction; figures?: boolean; loss?: TokenLoss };
  };
  /**
   * The same sum for logits `hidden weightᵀ` without ever holding more than a chunk of them: hidden `[N, dim]`, weight
   * `[V, dim]`, targets int32 `[N]` -> the sum, then, `withGradient`, dhidden `[N, dim]`, then, `trainsWeight`,
   * dweight `[V, dim]`. The reduction "none" gives the losses of the rows, `[N]`, in place of their sum. `weighed`,
   * `[N, dim]`, are the rows that dweight is made of in place of hidden: hidden times what each row's loss counts.
   * `figures` adds a last output as CrossEntropy does.
   */
  LinearCrossEntropy: {
    inputs: {
      hidden: tf.TensorInfo;
      weight: tf.TensorInfo;
      targets: tf.TensorInfo;
      weighed?: tf.TensorInfo;
    };
    attributes: FusedKernels["CrossEntropy"]["attributes"] & { trainsWeight: boolean };
  };
  /** The sum of squares of all inputs "0", "1", …, a scalar. */
  SquaredNorm: { inputs: Record<`${number}`, tf.TensorInfo>; attributes: { [name: string]: never } };
  /**
   * One AdamW step in place of value, mean and variance; the gradient is read as `gradient · gradientScale`. Returns
   * nothing.
   */
  AdamW: {
    inputs: {
      value: tf.TensorInfo;
      gradient: tf.TensorInfo;
      mean: tf.TensorInfo;
      variance: tf.TensorInfo;
    };
    attributes: {
      learningRate: number;
      beta1: number;
      beta2: number;
      eps: number;
      weightDecay: number;
      /** The number of this step, counted from 1. */
      step: number;
      gradientScale: number;
    };
  };
  /**
   * The same step with both moments in 8 bits: a block of 256 of the flattened numbers shares a scale, its largest
   * magnitude, and a number is the place of `number / scale` among the 256 ascending values of a map (the nearest, and
   * the lower one of a tie). maps `[2, 256]`: the mean's map, then the variance's, whose values are not negative. codes
   * int32 storage of one byte a number, scales `[ceil(size / 256)]`. In place of value, codes and scales; the step itself
   * is made with the moments before they are rounded. Returns nothing.
   */
  AdamW8bit: {
    inputs: {
      value: tf.TensorInfo;
      gradient: tf.TensorInfo;
      meanCodes: tf.TensorInfo;
      meanScales: tf.TensorInfo;
      varianceCodes: tf.TensorInfo;
      varianceScales: tf.TensorInfo;
      maps: tf.TensorInfo;
    };
    attributes: FusedKernels["AdamW"]["attributes"];
  };
}

/** The name of a fused kernel. */
export type FusedKernelName = keyof FusedKernels;

const registeredName = (name: FusedKernelName): string => `Residency${name}`;

/** What a backend's implementation of a kernel gets. */
export interface FusedKernelCall<Name extends FusedKernelName> {
  inputs: FusedKernels[Name]["inputs"];
  attributes: FusedKernels[Name]["attributes"];
  /** The backend's own object. */
  backend: unknown;
}

/** Offers a kernel for a backend. */
export function registerFusedKernel<Name extends FusedKernelName>(
  name: Name,
  backendName: string,
  run: (call: FusedKernelCall<Name>) => tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName: registeredName(name),
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      run({
        inputs: inputs as unknown as FusedKernels[Name]["inputs"],
        attributes: attrs as unknown as FusedKernels[Name]["attributes"],
        backend,
      }),
  });
}

/** Whether the backend in use offers the kernel. */
export function hasFusedKernel(name: FusedKernelName): boolean {
  return findKernel(registeredName(name)) !== undefined;
}

/** Runs a kernel that the backend in use offers; outputs and `shape` are as {@link runKernel} has them. */
export function runFusedKernel<Name extends FusedKernelName>(
  name: Name,
  inputs: FusedKernels[Name]["inputs"],
  attributes: FusedKernels[Name]["attributes"],
  shape?: readonly number[],
): tf.Tensor[] {
  return runKernel(registeredName(name), inputs, attributes, shape);
}

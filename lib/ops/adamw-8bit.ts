/** AdamW with both moments in 8 bits (Dettmers et al., 2022), as bitsandbytes' block-wise AdamW8bit. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel } from "../backends/index.ts";
import { dequantizeBlockwise, dynamicCodebook, quantizeBlockwise, type Codebook } from "../quant/index.ts";
import { adamWStep, type AdamWStepOptions } from "./optimizer.ts";

/** Numbers that share a scale, as in bitsandbytes. */
export const stateBlockSize = 256;

/** A parameter of `size` numbers and its moments in 8 bits; the layout is that of the kernel `AdamW8bit`. */
export interface AdamW8bitState {
  value: tf.Tensor;
  /** int32 storage of one byte a number, `[ceil(size / 4)]`. */
  meanCodes: tf.Tensor;
  /** `[ceil(size / 256)]` */
  meanScales: tf.Tensor;
  varianceCodes: tf.Tensor;
  varianceScales: tf.Tensor;
}

/**
 * The dynamic maps of the mean, signed, and of the variance, unsigned: `[2, 256]`.
 *
 * @example
 * stateMaps().shape; // → [2, 256]
 */
export function stateMaps(): tf.Tensor2D {
  const maps = [true, false].map((signed) => dynamicCodebook({ signed }).values);
  return tf.tensor2d(Float32Array.from(maps.flatMap((values) => [...values])), [2, 256]);
}

/** The numbers that codes and scales stand for, in the shape of the parameter. */
function unpacked(
  codes: tf.Tensor,
  scales: tf.Tensor,
  { book, like }: { book: Codebook; like: tf.Tensor },
): tf.Tensor {
  const words = codes.dataSync<"int32">();
  const bytes = new Uint8Array(words.buffer, words.byteOffset, like.size);
  const absmax = scales.dataSync<"float32">();
  return tf.tensor(
    dequantizeBlockwise({ codes: bytes, absmax }, book, { blockSize: stateBlockSize }),
    like.shape,
  );
}

/** Codes and scales of numbers. */
function packed(numbers: tf.Tensor, book: Codebook): [codes: tf.Tensor, scales: tf.Tensor] {
  const { codes, absmax } = quantizeBlockwise(numbers.dataSync<"float32">(), book, {
    blockSize: stateBlockSize,
  });
  const words = new Int32Array(Math.ceil(codes.length / 4));
  new Uint8Array(words.buffer).set(codes);
  return [tf.tensor1d(words, "int32"), tf.tensor1d(absmax)];
}

/**
 * One step, in place where the backend can: then the tensors that come back are those that went in, else they are new
 * ones and the caller disposes of the old. `maps` are those of {@link stateMaps}; the parameter is stepped by the moments
 * before they are rounded, as bitsandbytes does.
 *
 * @throws ResidencyError E_NUMERIC for gradients that are not finite, on a backend without the kernel.
 * @example
 * const zeros = { meanCodes: tf.zeros([1], "int32"), varianceCodes: tf.zeros([1], "int32") };
 * const scales = { meanScales: tf.zeros([1]), varianceScales: tf.zeros([1]) };
 * const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, step: 1, gradientScale: 1 };
 * const state = { value: tf.tensor1d([1, 1]), ...zeros, ...scales };
 * adamW8bitStep(state, tf.tensor1d([1, -1]), { ...options, maps: stateMaps() }).value; // → [0.9, 1.1]
 */
export function adamW8bitStep(
  state: AdamW8bitState,
  gradient: tf.Tensor,
  { maps, ...options }: AdamWStepOptions & { maps: tf.Tensor2D },
): AdamW8bitState {
  if (hasFusedKernel("AdamW8bit")) {
    runFusedKernel("AdamW8bit", { ...state, gradient, maps }, options);
    return state;
  }
  const [signed, unsigned] = [dynamicCodebook({ signed: true }), dynamicCodebook({ signed: false })];
  const like = state.value;
  const [value, ...moments] = tf.tidy<tf.Tensor[]>(() => {
    const old = {
      value: like,
      mean: unpacked(state.meanCodes, state.meanScales, { book: signed, like }),
      variance: unpacked(state.varianceCodes, state.varianceScales, { book: unsigned, like }),
    };
    const { value, mean, variance } = adamWStep(old, gradient, options);
    return [value, ...packed(mean, signed), ...packed(variance, unsigned)];
  });
  const [meanCodes, meanScales, varianceCodes, varianceScales] = moments as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return { value: value!, meanCodes, meanScales, varianceCodes, varianceScales };
}

/** The linear layer `y = x Wᵀ + b`, plain and with a low-rank addition, each with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { asMatrix, matMul } from "./matmul.ts";

/** A weight that training leaves alone, with its transpose kept so that neither pass has to make it. */
export interface FrozenWeight {
  /** `[out, in]` */
  weight: tf.Tensor2D;
  /** `[in, out]` */
  transposed: tf.Tensor2D;
}

const withLastExtent = (x: tf.Tensor, last: number): number[] => [...x.shape.slice(0, -1), last];

/** tfjs types the callback of customGrad by one tensor; this is the form with several inputs and any rank. */
type GradientFunction = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
};

/**
 * Applies a function with a gradient of its own to some tensors.
 *
 * `forward` gets the inputs and `save`; `backward` gets the gradient of the value and what was saved, and returns one
 * gradient an input.
 */
export function withGradient(
  inputs: tf.Tensor[],
  forward: (inputs: tf.Tensor[], save: (tensors: tf.Tensor[]) => void) => tf.Tensor,
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const both: GradientFunction = (...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    return {
      value: forward(args.slice(0, -1) as tf.Tensor[], save),
      gradFunc: (dy, saved) => backward(dy, saved),
    };
  };
  return tf.customGrad(both)(...inputs);
}

/** `x Wᵀ` of x `[..., in]` through a frozen weight: only x has a gradient, `dy W`. */
export function frozenLinear(x: tf.Tensor, { weight, transposed }: FrozenWeight): tf.Tensor {
  return withGradient(
    [x],
    ([input]) => tf.reshape(matMul(asMatrix(input!), transposed), withLastExtent(x, weight.shape[0])),
    (dy) => [tf.reshape(matMul(asMatrix(dy), weight), x.shape)],
  );
}

/** `x Wᵀ` of x `[..., in]` and a trained weight `[out, in]`: the gradients are `dy W` and `dyᵀ x`. */
export function trainedLinear(x: tf.Tensor, weight: tf.Tensor2D): tf.Tensor {
  return withGradient(
    [x, weight],
    ([input, w], save) => {
      save([input!, w!]);
      const y = matMul(asMatrix(input!), w as tf.Tensor2D, { transposeB: true });
      return tf.reshape(y, withLastExtent(x, weight.shape[0]));
    },
    (dy, [input, w]) => {
      const rows = asMatrix(dy);
      return [
        tf.reshape(matMul(rows, w as tf.Tensor2D), x.shape),
        matMul(rows, asMatrix(input!), { transposeA: true }),
      ];
    },
  );
}

/** The two trained matrices of a low-rank addition. */
export interface LowRank {
  /** `[r, in]` */
  a: tf.Tensor2D;
  /** `[out, r]` */
  b: tf.Tensor2D;
  /** alpha / r, or alpha / sqrt(r) for rsLoRA. */
  scaling: number;
}

/**
 * `x Wᵀ + scaling · (x Aᵀ) Bᵀ` of x `[..., in]` through a frozen W (Hu et al., 2021): gradients for x, A and B.
 *
 * Both weight gradients are made from products whose transposed operand has only r columns, since turning the wide
 * ones would cost more than multiplying them.
 */
export function loraLinear(x: tf.Tensor, frozen: FrozenWeight, { a, b, scaling }: LowRank): tf.Tensor {
  return withGradient(
    [x, a, b],
    ([input, down, up], save) => {
      const rows = asMatrix(input!);
      const low = matMul(rows, down as tf.Tensor2D, { transposeB: true }); // [rows, r]
      save([input!, down!, up!, low]);
      const addition = tf.mul(matMul(low, up as tf.Tensor2D, { transposeB: true }), scaling);
      const y = tf.add(matMul(rows, frozen.transposed), addition);
      return tf.reshape(y, withLastExtent(x, frozen.weight.shape[0]));
    },
    (dy, [input, down, up, low]) => {
      const rows = asMatrix(dy); // [rows, out]
      const lowGradient = tf.mul<tf.Tensor2D>(matMul(rows, up as tf.Tensor2D), scaling); // [rows, r]
      const dx = tf.add(matMul(rows, frozen.weight), matMul(lowGradient, down as tf.Tensor2D));
      const da = matMul(lowGradient, asMatrix(input!), { transposeA: true });
      const dbTransposed = matMul(low as tf.Tensor2D, rows, { transposeA: true }); // [r, out]
      return [tf.reshape(dx, x.shape), da, tf.mul(tf.transpose(dbTransposed), scaling)];
    },
  );
}

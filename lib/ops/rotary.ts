/** Rotary position embedding (Su et al., 2021) in the half-split form that Hugging Face checkpoints use. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel } from "../backends/index.ts";
import { mayFuse, withGradient } from "./gradient.ts";
import { hasRank, sameShape, shapeError } from "./shapes.ts";

/** `(-x₂, x₁)` of the two halves of the last dimension. */
function rotateHalf(x: tf.Tensor): tf.Tensor {
  const outer = x.shape.slice(0, -1);
  const half = x.shape[x.shape.length - 1]! / 2;
  const halfAt = (start: number): tf.Tensor => tf.slice(x, [...outer.map(() => 0), start], [...outer, half]);
  return tf.concat([tf.neg(halfAt(half)), halfAt(0)], -1);
}

/** The composed rotation; with `inverse` by the opposite angle. */
function composedRotary(x: tf.Tensor4D, cos: tf.Tensor3D, sin: tf.Tensor3D, inverse: boolean): tf.Tensor {
  const [rows, length, width] = cos.shape;
  const [batch, , heads, dim] = x.shape;
  const [c, s] = [cos, sin].map((table) => tf.reshape(table, [rows, length, 1, width]));
  const turned = tf.slice(x, [0, 0, 0, 0], [batch, length, heads, width]);
  const sine = inverse ? tf.neg(s!) : s!;
  const y = tf.add(tf.mul(turned, c!), tf.mul(rotateHalf(turned), sine));
  if (width === dim) return y;
  return tf.concat([y, tf.slice(x, [0, 0, 0, width], [batch, length, heads, dim - width])], -1);
}

function rotary(x: tf.Tensor4D, cos: tf.Tensor3D, sin: tf.Tensor3D, inverse: boolean): tf.Tensor {
  return mayFuse("Rotary")
    ? runFusedKernel("Rotary", { x, cos, sin }, { inverse })[0]!
    : composedRotary(x, cos, sin, inverse);
}

/**
 * Turns the pairs (i, i + rotaryDim / 2) of the first rotaryDim coordinates of x `[B, T, heads, headDim]` by the angles
 * of their positions; `cos` and `sin` are `[1, T, rotaryDim]` or `[B, T, rotaryDim]`.
 *
 * A rotation is orthogonal, so its gradient is the rotation by the opposite angle.
 *
 * @throws ResidencyError E_SHAPE when the tables do not fit.
 * @example
 * const { cos, sin } = rotaryAngles([[0]], { rotaryDim: 2, theta: 10_000 });
 * applyRotary(tf.tensor4d([1, 2], [1, 1, 1, 2]), cos, sin); // → [[[[1, 2]]]]
 */
export function applyRotary(x: tf.Tensor4D, cos: tf.Tensor3D, sin: tf.Tensor3D): tf.Tensor4D {
  const [rows, length, width] = cos.shape;
  const fits =
    hasRank(x, 4) &&
    sameShape(cos, sin) &&
    (rows === 1 || rows === x.shape[0]) &&
    length === x.shape[1] &&
    width <= x.shape[3] &&
    width % 2 === 0;
  if (!fits)
    throw shapeError(
      "a rotary embedding",
      { x, cos, sin },
      "x [B, T, heads, headDim], and cos and sin [1 or B, T, rotaryDim] with an even rotaryDim of at most headDim",
    );
  return withGradient(
    [x],
    ([input], save) => {
      save([cos, sin]);
      return rotary(input as tf.Tensor4D, cos, sin, false);
    },
    (dy, [cosine, sine]) => [rotary(dy as tf.Tensor4D, cosine as tf.Tensor3D, sine as tf.Tensor3D, true)],
  ) as tf.Tensor4D;
}

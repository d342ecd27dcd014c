/** Rotary position embedding (Su et al., 2021) in the half-split form that Hugging Face checkpoints use. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./linear.ts";

/** `(-x₂, x₁)` of the two halves of the last dimension; `sign` -1 gives `(x₂, -x₁)`, its transpose. */
function rotateHalf(x: tf.Tensor, sign: 1 | -1): tf.Tensor {
  const outer = x.shape.slice(0, -1);
  const half = x.shape[x.shape.length - 1]! / 2;
  const halfAt = (start: number): tf.Tensor => tf.slice(x, [...outer.map(() => 0), start], [...outer, half]);
  const [first, second] = [halfAt(0), halfAt(half)];
  return sign === 1 ? tf.concat([tf.neg(second), first], -1) : tf.concat([second, tf.neg(first)], -1);
}

/**
 * Turns each pair of coordinates of x `[B, T, heads, headDim]` by the angle of its position; `cos` and `sin` are
 * `[T, 1, headDim]` or `[B, T, 1, headDim]`.
 *
 * A rotation is orthogonal, so its gradient is the rotation by the opposite angle.
 */
export function applyRotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    ([input], save) => {
      save([cos, sin]);
      return tf.add(tf.mul(input!, cos), tf.mul(rotateHalf(input!, 1), sin));
    },
    (dy, [cosine, sine]) => [tf.add(tf.mul(dy, cosine!), rotateHalf(tf.mul(dy, sine!), -1))],
  );
}

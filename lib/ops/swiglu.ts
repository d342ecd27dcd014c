/** The gated activation of Llama's feed-forward layer (Shazeer, 2020) with its gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./linear.ts";

/** `silu(gate) · up`, element by element; both `[..., hidden]`. */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return withGradient(
    [gate, up],
    ([g, u], save) => {
      const sigmoid = tf.sigmoid(g!);
      const silu = tf.mul(g!, sigmoid);
      save([sigmoid, silu, u!]);
      return tf.mul(silu, u!);
    },
    (dy, [sigmoid, silu, u]) => {
      // d silu = s + silu · (1 - s)
      const slope = tf.add(sigmoid!, tf.mul(silu!, tf.sub(1, sigmoid!)));
      return [tf.mul(tf.mul(dy, u!), slope), tf.mul(dy, silu!)];
    },
  );
}

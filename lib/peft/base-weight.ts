/** The weight under an adapter, whichever way it lies and whether it is packed: products with it, lengths, additions. */
import * as tf from "@tensorflow/tfjs-core";
import { Linear } from "../nn/index.ts";
import { matMul, packedMatMul, summedWeightNorms, unpackWeight } from "../ops/index.ts";
import type { AdaptedLayer, LoraAdapter } from "./lora-layer.ts";

/** Whether a layer's weight lies as `[out, in]`; that of a Conv1D, and an embedding's table, lie as `[in, out]`. */
export function liesOutIn(layer: AdaptedLayer): boolean {
  return layer instanceof Linear;
}

/** The weight in float32, a new tensor as the layer has it. */
export function fullWeight({ weight }: AdaptedLayer): tf.Tensor2D {
  return weight.packed ? unpackWeight(weight.packed) : tf.clone(weight.value as tf.Tensor2D);
}

/** `scaling · B A` as the layer's weight lies, `[out, in]` or `[in, out]`. */
export function deltaWeight(layer: AdaptedLayer, { a, b, scaling }: LoraAdapter): tf.Tensor2D {
  return tf.tidy(() => {
    const [down, up] = [a.value, b.value] as [tf.Tensor2D, tf.Tensor2D];
    const product = liesOutIn(layer)
      ? matMul(up, down)
      : matMul(down, up, { transposeA: true, transposeB: true });
    return tf.mul(product, scaling);
  });
}

/** A `[r, in]` times the base weight: `[r, out]`. */
function baseProduct(layer: AdaptedLayer, a: tf.Tensor2D): tf.Tensor2D {
  const { weight } = layer;
  const transposed = !liesOutIn(layer);
  if (weight.packed) return packedMatMul(a, weight.packed, { transposed });
  return matMul(a, weight.value as tf.Tensor2D, { transposeB: !transposed });
}

/** The length of each output's weights in the base weight plus an addition, `[out]`; no gradient goes through it. */
export function weightNorms(layer: AdaptedLayer, { a, b, scaling }: LoraAdapter): tf.Tensor1D {
  const [down, up] = [a.value, b.value] as [tf.Tensor2D, tf.Tensor2D];
  const axis = liesOutIn(layer) ? 1 : 0;
  // A tied embedding and head have one weight, and their outputs are its columns and its rows.
  const baseSquares = layer.weight.derived(`squares along ${axis}`, () =>
    tf.sum(tf.square(fullWeight(layer)), axis),
  );
  return tf.tidy(() =>
    summedWeightNorms({
      a: down,
      b: up,
      scaling,
      baseSquares: baseSquares as tf.Tensor1D,
      baseProduct: baseProduct(layer, down),
    }),
  );
}

/** Activations with their gradients: the gated ones of Llama and Gemma (Shazeer, 2020), and GELU. */
import * as tf from "@tensorflow/tfjs-core";
import { hasFusedKernel, runFusedKernel, type GateActivation } from "../backends/index.ts";
import { mayFuse, withGradient } from "./gradient.ts";
import { sameShape, shapeError } from "./shapes.ts";

const tanhScale = Math.sqrt(2 / Math.PI);
const tanhCube = 0.044715;

/** `0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))` and its slope (Hendrycks and Gimpel, 2016). */
function geluTanh(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const square = tf.square(x);
  const t = tf.tanh(tf.mul(tf.mul(x, tanhScale), tf.add(tf.mul(square, tanhCube), 1)));
  const half = tf.mul(x, 0.5);
  const inner = tf.mul(tf.add(tf.mul(square, 3 * tanhCube), 1), tanhScale);
  const slope = tf.add(tf.mul(tf.add(t, 1), 0.5), tf.mul(tf.mul(half, tf.sub(1, tf.square(t))), inner));
  return [tf.mul(half, tf.add(t, 1)), slope];
}

/** `x Φ(x)` and its slope. */
function geluExact(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const cumulative = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [tf.mul(x, cumulative), tf.add(cumulative, tf.mul(x, density))];
}

/** `x σ(x)` and its slope `σ + x σ (1 - σ)`. */
function silu(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const sigmoid = tf.sigmoid(x);
  const value = tf.mul(x, sigmoid);
  return [value, tf.add(sigmoid, tf.mul(value, tf.sub(1, sigmoid)))];
}

/**
 * `activation(gate) · up`, element by element; both `[..., hidden]`.
 *
 * @throws ResidencyError E_SHAPE when the shapes differ.
 * @example
 * gatedActivation(tf.tensor1d([1]), tf.tensor1d([2]), "silu"); // → [1.462]
 */
export function gatedActivation(gate: tf.Tensor, up: tf.Tensor, activation: GateActivation): tf.Tensor {
  if (!sameShape(gate, up)) throw shapeError("a gated activation", { gate, up }, "two tensors of one shape");
  const composed = (x: tf.Tensor): [tf.Tensor, tf.Tensor] => (activation === "silu" ? silu(x) : geluTanh(x));
  return withGradient(
    [gate, up],
    ([g, u], save) => {
      save([g!, u!]);
      return hasFusedKernel("Gate")
        ? runFusedKernel("Gate", { gate: g!, up: u! }, { activation })[0]!
        : tf.mul(composed(g!)[0], u!);
    },
    (dy, saved) => {
      const [g, u] = saved as [tf.Tensor, tf.Tensor];
      if (mayFuse("GateGrad")) {
        return runFusedKernel("GateGrad", { dy, gate: g, up: u }, { activation });
      }
      const [value, slope] = composed(g);
      return [tf.mul(tf.mul(dy, u), slope), tf.mul(dy, value)];
    },
  );
}

/**
 * `silu(gate) · up`, the gate of Llama.
 *
 * @example
 * swiglu(tf.tensor1d([1]), tf.tensor1d([2])); // → [1.462]
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return gatedActivation(gate, up, "silu");
}

/**
 * GELU of x `[...]`; `approximate` takes the form with tanh, which GPT-2 and Phi use.
 *
 * @example
 * gelu(tf.tensor1d([1]), { approximate: false }); // → [0.841]
 */
export function gelu(x: tf.Tensor, { approximate }: { approximate: boolean }): tf.Tensor {
  const composed = approximate ? geluTanh : geluExact;
  return withGradient(
    [x],
    ([input], save) => {
      save([input!]);
      return hasFusedKernel("Gelu")
        ? runFusedKernel("Gelu", { x: input! }, { approximate })[0]!
        : composed(input!)[0];
    },
    (dy, [input]) => [
      mayFuse("GeluGrad")
        ? runFusedKernel("GeluGrad", { dy, x: input! }, { approximate })[0]!
        : tf.mul(dy, composed(input!)[1]),
    ],
  );
}

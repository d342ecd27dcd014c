/** Adafactor (Shazeer and Stern, 2018): the variance of a matrix as its rows and columns, step for step as transformers has it. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import { checkHyperparameters, ParameterOptimizer, type ParameterOptions } from "./parameter-optimizer.ts";
import type { StateLayout, StateTensors } from "./state-layout.ts";
import type { UpdateRule } from "./update-rule.ts";

/** The hyperparameters, with the defaults of transformers' Adafactor; `weightDecay` is taken of the learning rate. */
export interface AdafactorOptions extends ParameterOptions {
  /** Added to squared gradients, and the least size of a parameter that `scaleParameter` goes by. */
  eps?: readonly [number, number] | undefined;
  /** The largest root mean square of an update. */
  clipThreshold?: number | undefined;
  /** The variance keeps `1 - step^decayRate` of itself. */
  decayRate?: number | undefined;
  /** Keeps a running mean of the updates, one number a weight. */
  beta1?: number | undefined;
  /** Multiplies the learning rate by the root mean square of the parameter. */
  scaleParameter?: boolean | undefined;
  /** Takes `min(0.01, 1/sqrt(step))` in place of the learning rate that the step is called with. */
  relativeStep?: boolean | undefined;
  /** Lets the relative step begin at 1e-6 · step. */
  warmupInit?: boolean | undefined;
}

/** A row's and a column's worth of state a matrix; shapes of PyTorch's `shape[:-1]` and `shape[:-2] + shape[-1:]`. */
function adafactorLayout(shape: readonly number[], hasMean: boolean): StateLayout {
  const mean = hasMean ? { exp_avg: { shape, dtype: "float32" } as const } : {};
  if (shape.length < 2) return { exp_avg_sq: { shape, dtype: "float32" }, ...mean };
  return {
    exp_avg_sq_row: { shape: shape.slice(0, -1), dtype: "float32" },
    exp_avg_sq_col: { shape: [...shape.slice(0, -2), shape[shape.length - 1]!], dtype: "float32" },
    ...mean,
  };
}

/** One over the root of the variance that a state stands for, in the shape of the parameter or one that broadcasts to it. */
function inverseRoot({
  exp_avg_sq: whole,
  exp_avg_sq_row: row,
  exp_avg_sq_col: column,
}: StateTensors): tf.Tensor {
  if (whole) return tf.rsqrt(whole);
  const rows = tf.rsqrt(tf.div(row!, tf.mean(row!, -1, true)));
  return tf.mul(tf.expandDims(rows, -1), tf.expandDims(tf.rsqrt(column!), -2));
}

/** The root of the mean of squares, a scalar. */
const rootMeanSquare = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.mean(tf.square(x)));

function adafactorRule(options: AdafactorOptions): UpdateRule {
  const { eps = [1e-30, 1e-3], clipThreshold = 1, decayRate = -0.8, beta1 } = options;
  const { scaleParameter = true, relativeStep = true, warmupInit = false } = options;
  checkHyperparameters([
    ["eps[0]", eps[0], Infinity],
    ["eps[1]", eps[1], Infinity],
    ["beta1", beta1 ?? 0, 1],
  ]);
  const refuse = (what: string): never => {
    throw new ResidencyError("E_CONFIG", `Cannot optimise with ${what}`);
  };
  if (!(clipThreshold > 0)) refuse(`clipThreshold ${clipThreshold}: it must be above 0`);
  if (!(decayRate < 0)) refuse(`decayRate ${decayRate}: it must be below 0`);
  if (warmupInit && !relativeStep)
    refuse("warmupInit without relativeStep: it is the relative step that it warms up");

  const relativeRate = (step: number): number =>
    Math.min(warmupInit ? 1e-6 * step : 1e-2, 1 / Math.sqrt(step));

  return {
    name: "Adafactor",
    layout: (_, shape) => adafactorLayout(shape, beta1 !== undefined),
    update({ value, gradient, gradientScale, state, learningRate, weightDecay, step }) {
      const parts = Object.keys(state);
      const kept = 1 - step ** decayRate;
      const blend = (part: string, fresh: tf.Tensor): tf.Tensor =>
        tf.add(tf.mul(state[part]!, kept), tf.mul(fresh, 1 - kept));
      // A scope for each part, since what they make is as large as the parameter: no more than four such tensors are alive,
      // two of them for the mean of the columns.
      const [next, ...tensors] = tf.tidy<tf.Tensor[]>(() => {
        const { raw, ...updated } = tf.tidy((): Record<string, tf.Tensor> & { raw: tf.Tensor } => {
          const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
          const variance = tf.tidy((): Record<string, tf.Tensor> => {
            const squares = tf.tidy(() => tf.add(tf.square(scaled), eps[0]));
            if (value.rank < 2) return { exp_avg_sq: blend("exp_avg_sq", squares) };
            return {
              exp_avg_sq_row: blend("exp_avg_sq_row", tf.mean(squares, -1)), // [..., rows]
              exp_avg_sq_col: blend("exp_avg_sq_col", tf.mean(squares, -2)), // [..., columns]
            };
          });
          return { ...variance, raw: tf.mul(inverseRoot(variance), scaled) };
        });
        const clip = tf.tidy(() => tf.maximum(tf.div(rootMeanSquare(raw), clipThreshold), 1));
        const base = relativeStep ? relativeRate(step) : learningRate;
        // Stays a tensor: to read it would stop a GPU.
        const rate = scaleParameter
          ? tf.tidy(() => tf.mul(tf.maximum(rootMeanSquare(value), eps[1]), base))
          : tf.scalar(base);
        let update = tf.mul(raw, tf.div(rate, clip));
        raw.dispose();
        if (beta1 !== undefined) {
          update = tf.add(tf.mul(state["exp_avg"]!, beta1), tf.mul(update, 1 - beta1));
          updated["exp_avg"] = update;
        }
        const decayed = weightDecay > 0 ? tf.sub(value, tf.mul(value, tf.mul(rate, weightDecay))) : value;
        return [tf.sub(decayed, update), ...parts.map((part) => updated[part]!)];
      });
      return {
        value: next!,
        state: Object.fromEntries(parts.map((part, i) => [part, tensors[i]!] as const)),
      };
    },
  };
}

/**
 * Adafactor over named parameters.
 *
 * @example
 * const optimizer = new Adafactor(peft.root.trainableParameters(), { weightDecay: 0.01 });
 */
export class Adafactor extends ParameterOptimizer {
  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range, or two that contradict each other. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdafactorOptions = {}) {
    super(parameters, adafactorRule(options), options);
  }
}

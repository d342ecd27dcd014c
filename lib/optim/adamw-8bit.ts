/** AdamW with moments in 8 bits (Dettmers et al., 2022), state for state as bitsandbytes' AdamW8bit. */
import * as tf from "@tensorflow/tfjs-core";
import type { Parameter } from "../nn/index.ts";
import { adamW8bitStep, stateBlockSize, stateMaps } from "../ops/index.ts";
import { adamMoments, adamRule, type AdamOptions } from "./adamw.ts";
import { isEmbedding } from "./parameter-groups.ts";
import { ParameterOptimizer } from "./parameter-optimizer.ts";
import type { UpdateRule } from "./update-rule.ts";

/** Parameters of fewer numbers keep their moments in 32 bits, as in bitsandbytes. */
const leastSize = 4096;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The options of AdamW; embeddings and small parameters keep their moments in 32 bits. */
export type AdamW8bitOptions = Omit<AdamOptions, "amsgrad">;

function adamW8bitRule(options: AdamW8bitOptions): UpdateRule {
  const wide = adamRule(options, { decoupled: true });
  const moments = adamMoments(options);
  let maps: tf.Tensor2D | undefined;
  return {
    name: "AdamW8bit",
    layout(name, shape) {
      const size = sizeOf(shape);
      if (size < leastSize || isEmbedding(name)) return wide.layout(name, shape);
      const codes = { shape, dtype: "uint8" } as const;
      const scales = { shape: [Math.ceil(size / stateBlockSize)], dtype: "float32" } as const;
      return { state1: codes, absmax1: scales, state2: codes, absmax2: scales };
    },
    update(parameter) {
      const { value, gradient, gradientScale, state, learningRate, weightDecay, step } = parameter;
      if (!state["state1"]) return wide.update(parameter);
      maps ??= tf.keep(stateMaps());
      const next = adamW8bitStep(
        {
          value,
          meanCodes: state["state1"],
          meanScales: state["absmax1"]!,
          varianceCodes: state["state2"]!,
          varianceScales: state["absmax2"]!,
        },
        gradient,
        { ...moments, learningRate, weightDecay, step, gradientScale, maps },
      );
      return {
        value: next.value,
        state: {
          state1: next.meanCodes,
          absmax1: next.meanScales,
          state2: next.varianceCodes,
          absmax2: next.varianceScales,
        },
      };
    },
    dispose() {
      maps?.dispose();
      maps = undefined;
    },
  };
}

/**
 * AdamW whose moments take two bytes a weight in place of eight: each block of 256 has a scale, and each number a place in a map
 * that is dense near zero.
 *
 * @example
 * const optimizer = new AdamW8bit(peft.root.trainableParameters(), { weightDecay: 0.01 });
 */
export class AdamW8bit extends ParameterOptimizer {
  /** @throws ResidencyError E_CONFIG for a hyperparameter outside its range. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamW8bitOptions = {}) {
    super(parameters, adamW8bitRule(options), options);
  }
}

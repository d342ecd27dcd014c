/** Reads the rotary embedding of a config.json, in the form of transformers 4 and in that of transformers 5. */
import type { RopeScaling, RotaryOptions } from "../nn/index.ts";
import {
  isObject,
  readCount,
  readFlag,
  readOptional,
  readPositive,
  readPositives,
  refuse,
  type ConfigJson,
} from "./config.ts";

/** What a family knows about its heads. */
export interface RopeContext {
  headDim: number;
  maxPositionEmbeddings: number;
  /** The share of a head's coordinates that is turned when the config does not say it; 1 when left out. */
  partialRotaryFactor?: number;
}

/** The factor by which YaRN's authors sharpen attention when the context grows `scale` times. */
function yarnSharpening(scale: number, weight: number): number {
  return scale <= 1 ? 1 : 0.1 * weight * Math.log(scale) + 1;
}

/** A flat view of the scaling, with what transformers 4 keeps beside it. */
function readScaling(
  fields: ConfigJson,
  config: ConfigJson,
  { rotaryDim, maxPositionEmbeddings }: { rotaryDim: number; maxPositionEmbeddings: number },
): RopeScaling | undefined {
  const type: unknown = fields["rope_type"] ?? fields["type"] ?? "default";
  const original = (): number =>
    readCount(
      fields,
      "original_max_position_embeddings",
      readCount(config, "original_max_position_embeddings", maxPositionEmbeddings),
    );
  switch (type) {
    case "default":
      return undefined;
    case "linear":
      return { ropeType: type, factor: readPositive(fields, "factor") };
    case "dynamic":
      if (rotaryDim === 2) refuse("rope_type", type, "another one: a dynamic base needs more than one pair");
      return { ropeType: type, factor: readPositive(fields, "factor"), maxPositionEmbeddings };
    case "llama3":
      return {
        ropeType: type,
        factor: readPositive(fields, "factor"),
        lowFreqFactor: readPositive(fields, "low_freq_factor"),
        highFreqFactor: readPositive(fields, "high_freq_factor"),
        originalMaxPositionEmbeddings: readCount(fields, "original_max_position_embeddings"),
      };
    case "yarn": {
      const originalMaxPositionEmbeddings = original();
      const factor = readPositive(fields, "factor", maxPositionEmbeddings / originalMaxPositionEmbeddings);
      const [up, down] = [readOptional(fields, "mscale"), readOptional(fields, "mscale_all_dim")];
      const sharpening =
        up > 0 && down > 0
          ? yarnSharpening(factor, up) / yarnSharpening(factor, down)
          : yarnSharpening(factor, 1);
      return {
        ropeType: type,
        factor,
        betaFast: readPositive(fields, "beta_fast", 32),
        betaSlow: readPositive(fields, "beta_slow", 1),
        truncate: readFlag(fields, "truncate", true),
        attentionFactor: readPositive(fields, "attention_factor", sharpening),
        originalMaxPositionEmbeddings,
      };
    }
    case "longrope": {
      const originalMaxPositionEmbeddings = original();
      const factor = readPositive(fields, "factor", maxPositionEmbeddings / originalMaxPositionEmbeddings);
      const sharpening =
        factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositionEmbeddings));
      return {
        ropeType: type,
        shortFactor: readPositives(fields, "short_factor", rotaryDim / 2),
        longFactor: readPositives(fields, "long_factor", rotaryDim / 2),
        attentionFactor: readPositive(fields, "attention_factor", sharpening),
        originalMaxPositionEmbeddings,
      };
    }
    default:
      return refuse("rope_type", type, '"default", "linear", "dynamic", "llama3", "yarn" or "longrope"');
  }
}

/**
 * Base, width and scaling of the rotary embedding: `rope_parameters` of transformers 5, or `rope_theta`, `rope_scaling`
 * and `partial_rotary_factor` of transformers 4.
 *
 * @throws ResidencyError E_CHECKPOINT for a scaling that is unknown or lacks a field.
 */
export function readRope(config: ConfigJson, context: RopeContext): RotaryOptions {
  const parameters = isObject(config["rope_parameters"]) ? config["rope_parameters"] : undefined;
  if (parameters && Object.values(parameters).some(isObject)) {
    refuse("rope_parameters", parameters, "one set of fields for all layers");
  }
  const scaled = parameters ?? (isObject(config["rope_scaling"]) ? config["rope_scaling"] : {});
  const share = readPositive(
    parameters?.["partial_rotary_factor"] === undefined ? config : parameters,
    "partial_rotary_factor",
    context.partialRotaryFactor ?? 1,
  );
  const rotaryDim = Math.floor(context.headDim * share);
  if (rotaryDim < 2 || rotaryDim % 2 !== 0 || share > 1) {
    refuse("partial_rotary_factor", share, `such that an even number of a head's ${context.headDim} turns`);
  }
  return {
    rotaryDim,
    theta: readPositive(parameters?.["rope_theta"] === undefined ? config : parameters, "rope_theta", 10000),
    scaling: readScaling(scaled, config, { rotaryDim, ...context }),
  };
}

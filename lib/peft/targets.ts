/** Finds the layers of a module tree that an adapter's targets name, and counts what LoRA would add to them. */
import { ResidencyError } from "../errors.ts";
import { Conv1D, Linear, type Module } from "../nn/index.ts";
import type { LoraConfig } from "./config.ts";

/** The counts that PEFT prints. */
export interface ParameterCounts {
  trainable: number;
  all: number;
}

/** A layer that LoRA can be added to. */
export type AdaptedLayer = Linear | Conv1D;

/** The last part of a dotted name. */
const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/**
 * Every linear layer whose name is a target, or ends with `.` and a target, by name.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing, with the names that exist.
 */
export function targetedLayers(root: Module, { targetModules }: LoraConfig): Map<string, AdaptedLayer> {
  const layers = [...root.namedModules()].filter(
    (entry): entry is [string, AdaptedLayer] => entry[1] instanceof Linear || entry[1] instanceof Conv1D,
  );
  const existing = [...new Set(layers.map(([name]) => lastPart(name)))];
  const targets =
    targetModules === "all-linear" ? existing.filter((name) => name !== "lm_head") : targetModules;
  const matches = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);
  const unmatched = targets.filter((target) => !layers.some(([name]) => matches(name, target)));
  if (unmatched.length > 0) {
    throw new ResidencyError(
      "E_TARGET_MODULES",
      `Cannot add LoRA to ${unmatched.map((name) => `"${name}"`).join(", ")}: no linear layer of the model has that name; ` +
        `its linear layers are ${existing.sort().join(", ")}`,
    );
  }
  return new Map(layers.filter(([name]) => targets.some((target) => matches(name, target))));
}

/**
 * What PEFT would print for a model and a LoRA config, by arithmetic alone: `r · (in + out)` a targeted layer. The model
 * needs no values, so that it may be one that no machine here could hold.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing.
 * @example
 * loraParameterCounts(modelOutline(config), new LoraConfig({ r: 8, targetModules: ["q", "v"] }));
 */
export function loraParameterCounts(root: Module, config: LoraConfig): ParameterCounts {
  let base = 0;
  for (const [, parameter] of root.namedParameters()) base += parameter.size;
  let trainable = 0;
  for (const [, layer] of targetedLayers(root, config)) {
    trainable += config.r * (layer.inFeatures + layer.outFeatures);
  }
  return { trainable, all: base + trainable };
}

/** Turns gradient checkpointing on or off in all parts of a model that offer it. */
import type { Module } from "./module.ts";

/** What a module has that can drop its activations and make them again in the backward pass. */
interface Checkpointing {
  gradientCheckpointing: boolean;
}

function offersCheckpointing(module: object): module is Checkpointing {
  return "gradientCheckpointing" in module && typeof module.gradientCheckpointing === "boolean";
}

/**
 * Sets the property of every module at or below `root` that has it, and says how many there are.
 *
 * @example
 * setGradientCheckpointing(model, true) > 0; // → true
 */
export function setGradientCheckpointing(root: Module, enabled: boolean): number {
  let count = 0;
  for (const [, module] of root.namedModules()) {
    if (!offersCheckpointing(module)) continue;
    module.gradientCheckpointing = enabled;
    count++;
  }
  return count;
}

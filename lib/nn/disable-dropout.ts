/** Turns dropout off in a model that is trained, as preference training wants it. */
import type { Module } from "./module.ts";

/**
 * Turns dropout off here and below; parts that make their activations again go on doing so.
 *
 * @example
 * disableDropout(peft.root);
 */
export function disableDropout(root: Module): void {
  for (const [, module] of root.namedModules()) {
    if (!("gradientCheckpointing" in module)) module.training = false;
  }
}

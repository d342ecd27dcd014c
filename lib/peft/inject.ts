/** Finds the target layers of an adapter in a module tree and puts wrapped layers in their place. */
import type { Module } from "../nn/index.ts";
import type { SeededRandom } from "../random.ts";
import type { LoraConfig } from "./config.ts";
import { LoraLinear } from "./lora-linear.ts";
import type { MergeDrift } from "./merge-packed.ts";
import { targetedLayers } from "./targets.ts";

/** The module that holds the one of this name, and the property it holds it under. */
function parentOf(modules: ReadonlyMap<string, Module>, name: string): [Record<string, unknown>, string] {
  const cut = name.lastIndexOf(".");
  const parent = modules.get(cut < 0 ? "" : name.slice(0, cut));
  return [parent as unknown as Record<string, unknown>, name.slice(cut + 1)];
}

/**
 * Replaces every linear layer whose name is a target, or ends with `.` and a target, by one with a low-rank addition,
 * and freezes all other parameters; returns the new layers by name.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing; the model is then unchanged.
 */
export function injectLora(root: Module, config: LoraConfig, random: SeededRandom): Map<string, LoraLinear> {
  const modules = new Map(root.namedModules());
  const layers = targetedLayers(root, config);
  for (const [, parameter] of root.namedParameters()) parameter.requiresGrad = false;
  const injected = new Map<string, LoraLinear>();
  for (const [name, layer] of layers) {
    const [parent, property] = parentOf(modules, name);
    const wrapped = new LoraLinear(layer, config, random);
    parent[property] = wrapped;
    injected.set(name, wrapped);
  }
  return injected;
}

/** Puts the base layers back, with the additions merged into them; `onDrift` hears of each packed one. */
export function mergeLora(
  root: Module,
  layers: ReadonlyMap<string, LoraLinear>,
  onDrift?: (drift: MergeDrift) => void,
): void {
  const modules = new Map(root.namedModules());
  for (const [name, layer] of layers) {
    const [parent, property] = parentOf(modules, name);
    parent[property] = layer.merge(onDrift && ((drift) => onDrift({ name, ...drift })));
  }
}

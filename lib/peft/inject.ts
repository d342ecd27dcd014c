/** Finds the target layers of an adapter in a module tree and puts wrapped layers in their place. */
import { ResidencyError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { Linear } from "../nn/index.ts";
import type { SeededRandom } from "../random.ts";
import type { LoraConfig } from "./config.ts";
import { LoraLinear } from "./lora-linear.ts";
import type { MergeDrift } from "./merge-packed.ts";

/** The last part of a dotted name. */
const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The module that holds the one of this name, and the property it holds it under. */
function parentOf(modules: ReadonlyMap<string, Module>, name: string): [Record<string, unknown>, string] {
  const cut = name.lastIndexOf(".");
  const parent = modules.get(cut < 0 ? "" : name.slice(0, cut));
  return [parent as unknown as Record<string, unknown>, lastPart(name)];
}

/**
 * Replaces every linear layer whose name is a target, or ends with `.` and a target, by one with a low-rank addition,
 * and freezes all other parameters; returns the new layers by name.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing; the model is then unchanged.
 */
export function injectLora(root: Module, config: LoraConfig, random: SeededRandom): Map<string, LoraLinear> {
  const modules = new Map(root.namedModules());
  const linears = [...modules].filter((entry): entry is [string, Linear] => entry[1] instanceof Linear);
  const targets =
    config.targetModules === "all-linear"
      ? [...new Set(linears.map(([name]) => lastPart(name)))].filter((name) => name !== "lm_head")
      : config.targetModules;
  const matches = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);
  const unmatched = targets.filter((target) => !linears.some(([name]) => matches(name, target)));
  if (unmatched.length > 0) {
    const existing = [...new Set(linears.map(([name]) => lastPart(name)))].sort();
    throw new ResidencyError(
      "E_TARGET_MODULES",
      `Cannot add LoRA to ${unmatched.map((name) => `"${name}"`).join(", ")}: no linear layer of the model has that name; ` +
        `its linear layers are ${existing.join(", ")}`,
    );
  }
  for (const [, parameter] of root.namedParameters()) parameter.requiresGrad = false;
  const injected = new Map<string, LoraLinear>();
  for (const [name, layer] of linears) {
    if (!targets.some((target) => matches(name, target))) continue;
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

/** The parameters that LoRA adds, by PEFT's rule for target modules. */
import { ResidencyError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";

/** Which layers get an adapter, and how large it is. */
export interface LoraTargets {
  /** The rank of the addition. */
  r: number;
  /** Names of linear layers, each matched whole or as the end of a dotted name, or "all-linear" for all but the head. */
  targetModules: readonly string[] | "all-linear";
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/**
 * The linear layers that get an adapter, by name, with the elements of A `[r, in]` and B `[out, r]`.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no linear layer.
 */
export function loraLayers(
  { parameters }: Architecture,
  { r, targetModules }: LoraTargets,
): Map<string, { block: string | undefined; a: number; b: number }> {
  const linears = parameters
    .filter(({ kind, name }) => kind === "linear" && name.endsWith(".weight"))
    .map(({ name, shape, block }) => ({ name: name.slice(0, -".weight".length), shape, block }));
  const matches = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);
  const unmatched =
    targetModules === "all-linear"
      ? []
      : targetModules.filter((target) => !linears.some(({ name }) => matches(name, target)));
  if (unmatched.length > 0 || targetModules.length === 0) {
    const existing = [...new Set(linears.map(({ name }) => lastPart(name)))].sort();
    throw new ResidencyError(
      "E_TARGET_MODULES",
      `Cannot estimate LoRA on ${unmatched.map((name) => `"${name}"`).join(", ") || "no layer"}: the model's linear layers are ` +
        existing.join(", "),
    );
  }
  const layers = new Map<string, { block: string | undefined; a: number; b: number }>();
  for (const { name, shape, block } of linears) {
    if (targetModules !== "all-linear" && !targetModules.some((target) => matches(name, target))) continue;
    layers.set(name, { block, a: r * shape[1]!, b: r * shape[0]! });
  }
  return layers;
}

/**
 * The number of parameters that LoRA trains: the sum of r (in + out) over the matched layers (Hu et al., 2021).
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no linear layer.
 * @example
 * countLoraParameters(readArchitecture(config), { r: 8, targetModules: ["q_proj", "v_proj"] }); // → 43008
 */
export function countLoraParameters(architecture: Architecture, targets: LoraTargets): number {
  let sum = 0;
  for (const { a, b } of loraLayers(architecture, targets).values()) sum += a + b;
  return sum;
}

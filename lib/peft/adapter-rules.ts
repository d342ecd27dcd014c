/** When an adapter may be added, deleted or used: asked before anything is changed. */
import { ResidencyError } from "../errors.ts";
import type { AdaptedModel } from "./inject.ts";
import type { AnyLoraConfig } from "./targets.ts";

/** The name of an adapter that none was given, as in PEFT. */
export const defaultAdapter = "default";

type Configs = ReadonlyMap<string, AnyLoraConfig>;

const refuse = (reason: string): never => {
  throw new ResidencyError("E_CONFIG", reason);
};

/** Gives the settings of an adapter; throws ResidencyError E_CONFIG when there is none of that name. */
export function configOf(configs: Configs, name: string): AnyLoraConfig {
  const names = [...configs.keys()].join(", ") || "none";
  return (
    configs.get(name) ??
    refuse(`Cannot use the adapter "${name}": there is none of that name; there are ${names}`)
  );
}

/** Throws ResidencyError E_CONFIG when a name is taken, or is no name. */
export function checkNewName(configs: Configs, name: string): void {
  if (configs.has(name)) refuse(`Cannot add an adapter named "${name}": there is one`);
  if (!/^[^.\s]+$/.test(name)) refuse(`Cannot add an adapter named "${name}": a name has no dots or spaces`);
}

/** Throws ResidencyError E_CONFIG while others are merged, or where two would train the same biases. */
export function checkAddable({ layers }: AdaptedModel, configs: Configs, { bias }: AnyLoraConfig): void {
  if ([...layers.values()].some(({ merged }) => merged.length > 0))
    refuse("Cannot add an adapter while others are merged: call unmergeAdapter() first");
  const biased = [...configs].find(([, other]) => other.bias !== "none");
  if (biased && bias !== "none") {
    refuse(
      `Cannot add an adapter with bias "${bias}" beside "${biased[0]}", which trains the same biases of the model`,
    );
  }
}

/** Throws ResidencyError E_CONFIG while an adapter is merged. */
export function checkDeletable({ layers }: AdaptedModel, name: string): void {
  if ([...layers.values()].some(({ merged }) => merged.includes(name)))
    refuse(`Cannot delete the adapter "${name}" while it is merged: call unmergeAdapter() first`);
}

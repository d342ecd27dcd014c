/** What an adapter's settings would train of a model, before anything is changed: counts, and a report of the targets. */
import { Embedding, type Module } from "../nn/index.ts";
import {
  isAllLinear,
  lastPart,
  matchTargets,
  modelModules,
  savedLayerNames,
  targetedLayers,
  type AnyLoraConfig,
  type TargetedLayer,
} from "./targets.ts";
import { matchesName } from "./name-patterns.ts";

/** The counts that PEFT prints. */
export interface ParameterCounts {
  trainable: number;
  all: number;
}

/** What one target means in a model. */
export interface CoveredTarget {
  /** As the settings name it; of "all-linear" and of a regular expression each name that is matched. */
  target: string;
  /** The layers that get an adapter, by dotted name. */
  modules: string[];
  /** Elements of their weights. */
  parameters: number;
  /** Elements that the adapter adds to them. */
  added: number;
}

/** What {@link targetCoverage} reports. */
export interface TargetCoverage {
  targets: CoveredTarget[];
  /** Targets, exclusions, and keys of patterns that match no layer. */
  unmatched: string[];
  /** Linear layers that get no adapter: names, layers, elements. */
  untouched: { name: string; modules: number; parameters: number }[];
  /** Elements of all linear weights but the head's, those of them under an adapter, and their share. */
  linearWeights: number;
  coveredLinearWeights: number;
  share: number;
}

/** Elements that LoRA adds to a layer: r (in + out), and with DoRA one more an output. */
function addedTo({ layer, r }: TargetedLayer, { useDora }: AnyLoraConfig): number {
  const [outputs, inputs] =
    layer instanceof Embedding
      ? [layer.weight.shape[1]!, layer.weight.shape[0]!]
      : [layer.outFeatures, layer.inFeatures];
  return r * (inputs + outputs) + (useDora ? outputs : 0);
}

function biasSizes(root: Module, { bias }: AnyLoraConfig, layers: ReadonlyMap<string, TargetedLayer>): number {
  let size = 0;
  for (const [name, module] of modelModules(root)) {
    if (bias === "none" || (bias === "lora_only" && !layers.has(name))) continue;
    for (const [own, parameter] of module.ownParameters()) if (own === "bias") size += parameter.size;
  }
  return size;
}

/**
 * What PEFT would print for a model and a LoRA config, by arithmetic alone. The model needs no values, so that it may be one
 * that no machine here could hold.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing.
 * @example
 * loraParameterCounts(modelOutline(config), new LoraConfig({ r: 8, targetModules: ["q", "v"] }));
 */
export function loraParameterCounts(root: Module, config: AnyLoraConfig): ParameterCounts {
  let base = 0;
  for (const [, parameter] of root.namedParameters()) base += parameter.size;
  const layers = targetedLayers(root, config);
  let added = 0;
  for (const layer of layers.values()) added += addedTo(layer, config);
  const modules = new Map(modelModules(root));
  for (const name of savedLayerNames(root, config)) {
    for (const [, parameter] of modules.get(name)!.ownParameters()) added += parameter.size;
  }
  return { trainable: added + biasSizes(root, config, layers), all: base + added };
}

/** Names of layers without the numbers of blocks: `layers.3.mlp.up_proj` is `up_proj`. */
function grouped(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(lastPart(name), [...(groups.get(lastPart(name)) ?? []), name]);
  return groups;
}

/**
 * Which layers of a model the settings of an adapter mean, target by target, which not, and what share of all linear weights
 * they cover. It throws nothing, so that a config can be looked at before `getPeftModel` refuses it.
 *
 * @throws ResidencyError E_CONFIG for a target that is no regular expression.
 * @example
 * targetCoverage(model, new LoraConfig({ targetModules: ["q_proj", "Wqkv"] })).unmatched; // ["Wqkv"]
 */
export function targetCoverage(model: { readonly root: Module } | Module, config: AnyLoraConfig): TargetCoverage {
  const root = "root" in model ? model.root : model;
  const { layers, candidates, unmatched } = matchTargets(root, config);
  const { targetModules } = config;
  const names = [...layers.keys()];
  const wanted: [string, string[]][] =
    typeof targetModules === "string"
      ? [...grouped(names)]
      : targetModules.map((target) => [target, names.filter((name) => matchesName(name, target))]);
  const sizeOf = (name: string): number => candidates.get(name)!.weight.size;
  const sum = (list: readonly string[], size: (name: string) => number): number =>
    list.reduce((total, name) => total + size(name), 0);
  const linear = [...candidates].filter(([name, layer]) => isAllLinear(name, layer)).map(([name]) => name);
  const linearWeights = sum(linear, sizeOf);
  const covered = sum(
    linear.filter((name) => layers.has(name)),
    sizeOf,
  );
  return {
    targets: wanted
      .filter(([, modules]) => modules.length > 0)
      .map(([target, modules]) => ({
        target,
        modules,
        parameters: sum(modules, sizeOf),
        added: sum(modules, (name) => addedTo(layers.get(name)!, config)),
      })),
    unmatched: [
      ...unmatched.targets,
      ...unmatched.blocks.map((block) => `block ${block}`),
      ...unmatched.excluded,
      ...unmatched.patterns,
    ],
    untouched: [...grouped(linear.filter((name) => !layers.has(name)))].map(([name, modules]) => ({
      name,
      modules: modules.length,
      parameters: sum(modules, sizeOf),
    })),
    linearWeights,
    coveredLinearWeights: covered,
    share: linearWeights === 0 ? 0 : covered / linearWeights,
  };
}

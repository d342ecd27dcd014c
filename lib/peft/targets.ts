/** Finds the layers of a module tree that an adapter's settings name, and counts what they would add. */
import { ResidencyError } from "../errors.ts";
import { Conv1D, Embedding, Linear, type Module } from "../nn/index.ts";
import type { LoraConfig } from "./config.ts";
import { LoraEmbedding } from "./lora-embedding.ts";
import { LoraLinear } from "./lora-linear.ts";
import type { AdaptedLayer } from "./lora-layer.ts";
import { isSavedLayer, ModulesToSaveWrapper, type SavedLayer } from "./modules-to-save.ts";
import { blockIndexOf, matchesName, nameTest, patternTest, patternValue } from "./name-patterns.ts";

/** Settings of any target names. */
export type AnyLoraConfig = LoraConfig<string, string>;

/** A layer that gets an adapter, with its rank and alpha. */
export interface TargetedLayer {
  layer: AdaptedLayer;
  r: number;
  loraAlpha: number;
  /** The embedding whose adapter the layer takes over, with ensureWeightTying. */
  tiedTo?: string;
}

/** The last part of a dotted name. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The modules of a tree by dotted name, as the model itself has them: what adapters have put around them is passed over. */
export function* modelModules(root: Module, prefix = ""): Generator<[string, Module]> {
  const isAdapted = root instanceof LoraLinear || root instanceof LoraEmbedding;
  const module = isAdapted
    ? root.base_layer
    : root instanceof ModulesToSaveWrapper
      ? root.original_module
      : root;
  if (prefix !== "") yield [prefix, module];
  for (const [name, child] of module.children()) {
    yield* modelModules(child, prefix === "" ? name : `${prefix}.${name}`);
  }
}

/** The layers that LoRA can be added to, by name. */
export function adaptableLayers(root: Module): Map<string, AdaptedLayer> {
  const layers = [...modelModules(root)].filter(
    (entry): entry is [string, AdaptedLayer] =>
      entry[1] instanceof Linear || entry[1] instanceof Conv1D || entry[1] instanceof Embedding,
  );
  return new Map(layers);
}

/** Whether a layer is one that "all-linear" means: a linear layer but the head. */
export function isAllLinear(name: string, layer: AdaptedLayer): boolean {
  return !(layer instanceof Embedding) && lastPart(name) !== "lm_head";
}

/** A test for the layers that the targets of a config mean, whatever is excluded. */
function targetTest({ targetModules }: AnyLoraConfig): (name: string, layer: AdaptedLayer) => boolean {
  if (typeof targetModules === "string" && targetModules.toLowerCase() === "all-linear") return isAllLinear;
  return nameTest(targetModules);
}

/** The layers that get no adapter since they are excluded or saved in full. */
function exclusionTest(root: Module, config: AnyLoraConfig): (name: string) => boolean {
  const { excludeModules } = config;
  const isExcluded = excludeModules === undefined ? () => false : nameTest(excludeModules);
  const saved = new Set(savedAmong(copyableLayers(root), config));
  return (name) => isExcluded(name) || saved.has(name);
}

/** The layers that can be saved in full, by name. */
function copyableLayers(root: Module): Map<string, SavedLayer> {
  return new Map(
    [...modelModules(root)].filter((entry): entry is [string, SavedLayer] => isSavedLayer(entry[1])),
  );
}

/** Which layers have the weight of another. */
export function tiedTo(
  layer: { weight: unknown },
  layers: ReadonlyMap<string, { weight: unknown }>,
): string[] {
  return [...layers]
    .filter(([, other]) => other !== layer && other.weight === layer.weight)
    .map(([name]) => name);
}

/**
 * Those of the layers that the settings save in full: whose dotted name ends with one of the names, and not only behind a dot, so
 * that "norm" is "input_layernorm" too (`_set_trainable` of PEFT 0.21). With ensureWeightTying they are joined by the layers that have their
 * weights, and an embedding comes first, since it is the head that takes another layer's weight.
 */
function savedAmong(
  layers: ReadonlyMap<string, SavedLayer>,
  { modulesToSave = [], ensureWeightTying }: AnyLoraConfig,
): string[] {
  const named = [...layers.keys()].filter((name) => modulesToSave.some((ending) => name.endsWith(ending)));
  if (!ensureWeightTying) return named;
  const all = [...new Set(named.flatMap((name) => [name, ...tiedTo(layers.get(name)!, layers)]))];
  const isTable = (name: string): boolean => layers.get(name) instanceof Embedding;
  return [...all.filter(isTable), ...all.filter((name) => !isTable(name))];
}

const blocksOf = ({ layersToTransform }: AnyLoraConfig): readonly number[] =>
  typeof layersToTransform === "number" ? [layersToTransform] : (layersToTransform ?? []);

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");

const namesOf = (layers: Iterable<string>): string =>
  [...new Set([...layers].map(lastPart))].sort().join(", ");

function refuse(what: string): never {
  throw new ResidencyError("E_TARGET_MODULES", `Cannot add LoRA to ${what}`);
}

/** Says which layers there are. */
function existing(layers: ReadonlyMap<string, AdaptedLayer>): string {
  const named = (wanted: (layer: AdaptedLayer) => boolean): string =>
    namesOf([...layers].filter(([, layer]) => wanted(layer)).map(([name]) => name));
  const embeddings = named((layer) => layer instanceof Embedding);
  const linear = named((layer) => !(layer instanceof Embedding));
  return `its linear layers are ${linear || "none"}, its embeddings ${embeddings || "none"}`;
}

/** Parts of the settings that mean no layer at all: targets, blocks, exclusions and keys of patterns. */
export interface Unmatched {
  targets: string[];
  blocks: number[];
  excluded: string[];
  patterns: string[];
}

/**
 * Adds the layers that have the weight of a targeted one, as PEFT 0.21 does with ensure_weight_tying: the embedding gets an adapter, with
 * its own rank and alpha, and the others take it over. Layers of one weight without an embedding among them are left as they are.
 */
function addTied(
  layers: Map<string, TargetedLayer>,
  candidates: ReadonlyMap<string, AdaptedLayer>,
  { rankPattern, alphaPattern, r, loraAlpha }: AnyLoraConfig,
): void {
  for (const [name, { layer }] of [...layers]) {
    const all = [name, ...tiedTo(layer, candidates)];
    const table = [...candidates.keys()].find(
      (one) => all.includes(one) && candidates.get(one) instanceof Embedding,
    );
    if (table === undefined || all.length === 1) continue;
    const settings = {
      r: patternValue(rankPattern, table, r),
      loraAlpha: patternValue(alphaPattern, table, loraAlpha),
    };
    for (const one of all) {
      const tied = one === table ? {} : { tiedTo: table };
      layers.set(one, { layer: candidates.get(one)!, ...settings, ...tied });
    }
  }
}

/** The targeted layers, and what of the settings matched none. */
export function matchTargets(
  root: Module,
  config: AnyLoraConfig,
): {
  layers: Map<string, TargetedLayer>;
  candidates: ReadonlyMap<string, AdaptedLayer>;
  unmatched: Unmatched;
} {
  const candidates = adaptableLayers(root);
  const { targetModules, excludeModules, layersPattern, rankPattern, alphaPattern } = config;
  const [isTarget, isExcluded, blocks] = [targetTest(config), exclusionTest(root, config), blocksOf(config)];
  const layers = new Map<string, TargetedLayer>();
  const seenBlocks = new Set<number>();
  for (const [name, layer] of candidates) {
    if (!isTarget(name, layer) || isExcluded(name)) continue;
    const block = blocks.length > 0 ? blockIndexOf(name, layersPattern) : undefined;
    // A layer that is named whole is meant wherever it stands.
    const isNamed = typeof targetModules !== "string" && targetModules.includes(name);
    if (blocks.length > 0 && !isNamed && (block === undefined || !blocks.includes(block))) continue;
    if (block !== undefined) seenBlocks.add(block);
    layers.set(name, {
      layer,
      r: patternValue(rankPattern, name, config.r),
      loraAlpha: patternValue(alphaPattern, name, config.loraAlpha),
    });
  }
  if (config.ensureWeightTying) addTied(layers, candidates, config);
  const names = [...layers.keys()];
  const targets =
    typeof targetModules === "string"
      ? [targetModules].filter(() => names.length === 0)
      : targetModules.filter((target) => !names.some((name) => matchesName(name, target)));
  const excluded =
    typeof excludeModules === "string"
      ? [excludeModules].filter((pattern) => ![...candidates.keys()].some(nameTest(pattern)))
      : (excludeModules ?? []).filter((name) => ![...candidates.keys()].some(nameTest([name])));
  const patterns = [...Object.keys(rankPattern), ...Object.keys(alphaPattern)].filter(
    (key) => !names.some(patternTest(key)),
  );
  return {
    layers,
    candidates,
    unmatched: { targets, blocks: blocks.filter((block) => !seenBlocks.has(block)), excluded, patterns },
  };
}

/**
 * Every layer that the settings name, by name. With `onUnmatched: "ignore"`, as PEFT has it, only settings that match nothing
 * at all are refused.
 *
 * @throws ResidencyError E_TARGET_MODULES for targets, blocks, exclusions and patterns that match nothing, with the names
 * that exist.
 */
export function targetedLayers(
  root: Module,
  config: AnyLoraConfig,
  { onUnmatched = "throw" }: { onUnmatched?: "throw" | "ignore" } = {},
): Map<string, TargetedLayer> {
  const { layers, candidates, unmatched } = matchTargets(root, config);
  const { targets, blocks, excluded, patterns } = unmatched;
  const isStrict = onUnmatched === "throw";
  if (blocks.length > 0 && (isStrict || layers.size === 0)) {
    const found = [...candidates.keys()].flatMap((name) => blockIndexOf(name, config.layersPattern) ?? []);
    refuse(
      `the blocks ${blocks.join(", ")}: ` +
        (found.length > 0
          ? `the model has the blocks 0 to ${Math.max(...found)}`
          : "no list of blocks has that name") +
        `, with the targets ${quoted([config.targetModules].flat())}`,
    );
  }
  if (targets.length > 0 && (isStrict || layers.size === 0)) {
    const why =
      typeof config.targetModules === "string"
        ? "no linear layer or embedding matches"
        : "no linear layer or embedding that gets an adapter has that name";
    refuse(`${quoted(targets)}: ${why}; ${existing(candidates)}`);
  }
  if (excluded.length > 0 && isStrict) {
    refuse(`all but ${quoted(excluded)}: nothing of that name could be excluded; ${existing(candidates)}`);
  }
  if (patterns.length > 0 && isStrict) {
    refuse(
      `${quoted(patterns)} with a rank or alpha of its own: no targeted layer matches; those are ${namesOf(layers.keys())}`,
    );
  }
  return layers;
}

/**
 * The layers that are saved in full, by name.
 *
 * @throws ResidencyError E_TARGET_MODULES for names that no layer has which can be copied.
 */
export function savedLayerNames(root: Module, config: AnyLoraConfig): string[] {
  const { modulesToSave = [] } = config;
  const layers = copyableLayers(root);
  const candidates = [...layers.keys()];
  const unmatched = modulesToSave.filter((ending) => !candidates.some((name) => name.endsWith(ending)));
  if (unmatched.length > 0) {
    throw new ResidencyError(
      "E_TARGET_MODULES",
      `Cannot train ${quoted(unmatched)} in full: no single layer of the model has that name; there are ${namesOf(candidates)}`,
    );
  }
  return savedAmong(layers, config);
}

/** Puts adapters into a module tree, and takes them out of it again. */
import { ResidencyError } from "../errors.ts";
import { Embedding, type Module, type Parameter } from "../nn/index.ts";
import type { SeededRandom } from "../random.ts";
import {
  checkStart,
  settleAdapter,
  startAdapter,
  startFromBase,
  takeOutOfBase,
  startsInBase,
} from "./initialize.ts";
import { LoraEmbedding } from "./lora-embedding.ts";
import type { InitLoraWeights } from "./config.ts";
import { parametersOf, type AdaptedLayer, type LoraAdapter, type LoraLayer } from "./lora-layer.ts";
import { LoraLinear } from "./lora-linear.ts";
import { isSavedLayer, ModulesToSaveWrapper } from "./modules-to-save.ts";
import { savedLayerNames, targetedLayers, type AnyLoraConfig, type TargetedLayer } from "./targets.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** The layers of a model that carry adapters, by the names that the model itself has for them. */
export interface AdaptedModel {
  root: Module;
  layers: Map<string, LoraLayer>;
  saved: Map<string, ModulesToSaveWrapper>;
}

/** Puts a module in the place of the one of this name. */
function replace(root: Module, name: string, module: Module): void {
  const modules = new Map(root.namedModules());
  const cut = name.lastIndexOf(".");
  const parent = modules.get(cut < 0 ? "" : name.slice(0, cut)) as unknown as Record<string, unknown>;
  parent[name.slice(cut + 1)] = module;
}

const isBias = (name: string): boolean => /(?:^|\.)bias$/.test(name);

/** The biases that a config trains beside the adapter, by name; a layer that is saved in full has a copy of its own. */
export function trainedBiases(
  { root, layers, saved }: AdaptedModel,
  { bias }: AnyLoraConfig,
  adapter: string,
): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  if (bias === "none") return found;
  const own = [...layers.values()]
    .filter((layer) => layer.adapters.has(adapter))
    .map(({ base_layer }) => base_layer);
  const ofLayers = new Set(own.flatMap((layer) => ("bias" in layer && layer.bias ? [layer.bias] : [])));
  const inFull = new Set(
    [...saved.values()].flatMap((wrapper) =>
      [...wrapper.namedParameters()].map(([, parameter]) => parameter),
    ),
  );
  for (const [name, parameter] of root.namedParameters()) {
    if (!isBias(name) || inFull.has(parameter)) continue;
    if (bias === "all" || ofLayers.has(parameter)) found.set(name, parameter);
  }
  return found;
}

/**
 * Passes when what is to stay tied can.
 *
 * @throws ResidencyError E_CONFIG for two embeddings of one weight: a head alone can take over the adapter of an embedding.
 */
function checkTying(targets: ReadonlyMap<string, TargetedLayer>): void {
  for (const [name, { layer, tiedTo }] of targets) {
    if (tiedTo === undefined || !(layer instanceof Embedding)) continue;
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot keep the adapters of ${name} and ${tiedTo} tied, which are embeddings of one weight: name such a layer in modulesToSave, ` +
        "which trains one copy for both, or leave ensureWeightTying out",
    );
  }
}

/**
 * Wraps the layers that are targets for the first time, and gives each its part of a new adapter, whose values are not there yet; in the
 * order in which they are to start. A tied layer takes over the adapter of another, which has to be there.
 */
function addToLayers(
  { root, layers }: AdaptedModel,
  name: string,
  {
    config,
    targets,
    random,
  }: { config: AnyLoraConfig; targets: Map<string, TargetedLayer>; random: SeededRandom },
  initLoraWeights: InitLoraWeights,
): { layer: AdaptedLayer; adapter: LoraAdapter }[] {
  const isTied = ([, { tiedTo }]: [string, TargetedLayer]): boolean => tiedTo !== undefined;
  const ordered = [...[...targets].filter((one) => !isTied(one)), ...[...targets].filter(isTied)];
  return ordered.map(([layerName, { layer, r, loraAlpha, tiedTo }]) => {
    let wrapper = layers.get(layerName);
    if (!wrapper) {
      const made = layer instanceof Embedding ? new LoraEmbedding(layer) : new LoraLinear(layer);
      made.training = layer.training;
      replace(root, layerName, made);
      layers.set(layerName, made);
      wrapper = made;
    }
    const scaling = config.scalingOf(r, loraAlpha);
    const settings = { r, scaling, dropout: config.loraDropout, useDora: config.useDora, initLoraWeights };
    const tied = tiedTo === undefined ? undefined : layers.get(tiedTo)?.adapters.get(name);
    return { layer, adapter: wrapper.addAdapter(name, settings, random, tied) };
  });
}

/** Takes an adapter away from layers that were wrapped for it or before; the former are put back as they were. */
function takeFromLayers({ root, layers }: AdaptedModel, name: string, before: ReadonlySet<string>): void {
  for (const [layerName, layer] of [...layers]) {
    layer.deleteAdapter(name);
    if (before.has(layerName)) continue;
    layer.base_layer.training = layer.training;
    replace(root, layerName, layer.base_layer);
    layers.delete(layerName);
  }
}

/**
 * Adds an adapter, and freezes all parameters of the model itself when it is the first.
 *
 * @throws ResidencyError E_TARGET_MODULES when a part of the config matches nothing; E_CONFIG when an adapter cannot begin as its
 * config says; what reading a base weight throws, and E_NUMERIC for one that is not finite. The model is then unchanged.
 */
export function* injectAdapter(
  model: AdaptedModel,
  name: string,
  { config, random, isLoaded }: { config: AnyLoraConfig; random: SeededRandom; isLoaded: boolean },
): TensorReads<void> {
  const { root, layers, saved } = model;
  const targets = targetedLayers(root, config, { onUnmatched: isLoaded ? "ignore" : "throw" });
  const savedNames = savedLayerNames(root, config);
  const { initLoraWeights: init } = config;
  checkTying(targets);
  for (const [layerName, { layer, r, tiedTo }] of targets)
    if (tiedTo === undefined) checkStart(layerName, layer, { r, initLoraWeights: init });
  const before = new Set(layers.keys());
  const ofModel = layers.size + saved.size === 0 ? [...root.namedParameters()].map(([, own]) => own) : [];
  // What is loaded brings its own values, and takes nothing out of the base weight before they are known to fit.
  const started = addToLayers(model, name, { config, targets, random }, isLoaded ? true : init);
  try {
    for (const { layer, adapter } of started) yield* startAdapter(layer, adapter, random);
  } catch (error) {
    takeFromLayers(model, name, before);
    throw error;
  }
  for (const parameter of ofModel) parameter.requiresGrad = false;
  // No base weight has been changed before all adapters have their values.
  for (const { layer, adapter } of started) settleAdapter(layer, adapter);
  for (const savedName of savedNames) {
    let wrapper = saved.get(savedName);
    if (!wrapper) {
      const layer = new Map(root.namedModules()).get(savedName)!;
      if (!isSavedLayer(layer)) continue;
      wrapper = new ModulesToSaveWrapper(layer);
      replace(root, savedName, wrapper);
      saved.set(savedName, wrapper);
    }
    const tied = config.ensureWeightTying ? tiedCopy(saved, wrapper, name) : undefined;
    wrapper.addAdapter(name, tied);
  }
}

/** Takes the part that a PiSSA or OLoRA adapter began as out of the base weights; an adapter of another kind began as nothing. */
export function* takeStartOutOfBase(
  { layers }: AdaptedModel,
  name: string,
  { config: { initLoraWeights }, random }: { config: AnyLoraConfig; random: SeededRandom },
): TensorReads<void> {
  const own = [...layers.values()].flatMap(({ base_layer: layer, adapters }) => {
    const adapter = adapters.get(name);
    return adapter && startsInBase(layer, adapter, initLoraWeights) ? [{ layer, adapter }] : [];
  });
  for (const { layer, adapter } of own) yield* startFromBase(layer, adapter, initLoraWeights, random);
  for (const { layer, adapter } of own) takeOutOfBase(layer, adapter);
}

/** The copy that another layer of the same weight already has, for a head that stays tied to its embedding. */
function tiedCopy(
  saved: ReadonlyMap<string, ModulesToSaveWrapper>,
  wrapper: ModulesToSaveWrapper,
  adapter: string,
): Parameter | undefined {
  for (const other of saved.values()) {
    if (other === wrapper || other.original_module.weight !== wrapper.original_module.weight) continue;
    const copy = other.modules_to_save.get(adapter);
    if (copy) return copy.weight;
  }
  return undefined;
}

/** Applies some adapters, in this order, and trains their parameters and no other. */
export function activate(
  model: AdaptedModel,
  active: readonly string[],
  { configs, isTrainable }: { configs: ReadonlyMap<string, AnyLoraConfig>; isTrainable: boolean },
): void {
  const { layers, saved, root } = model;
  for (const layer of layers.values()) {
    layer.active = active;
    for (const [name, adapter] of layer.adapters) {
      for (const parameter of parametersOf(adapter))
        parameter.requiresGrad = isTrainable && active.includes(name);
    }
  }
  for (const wrapper of saved.values()) {
    wrapper.active = active.find((name) => wrapper.modules_to_save.get(name) !== undefined);
    for (const name of wrapper.modules_to_save.adapters()) {
      for (const [, parameter] of wrapper.modules_to_save.get(name)!.ownParameters()) {
        parameter.requiresGrad = isTrainable && name === wrapper.active;
      }
    }
  }
  const biases = new Set(
    active.flatMap((name) => [...trainedBiases(model, configs.get(name)!, name).values()]),
  );
  const copies = new Set(
    [...saved.values()].flatMap((one) => [...one.modules_to_save.namedParameters()].map(([, p]) => p)),
  );
  for (const [name, parameter] of root.namedParameters()) {
    if (isBias(name) && !copies.has(parameter)) parameter.requiresGrad = isTrainable && biases.has(parameter);
  }
}

/** Runs `fn` with all adapters off, and has them on or off afterwards as they were before. */
export async function withoutAdapters<T>(
  { layers, saved }: AdaptedModel,
  fn: () => T | Promise<T>,
): Promise<T> {
  const parts = [...layers.values(), ...saved.values()];
  const before = parts.map(({ enabled }) => enabled);
  for (const part of parts) part.enabled = false;
  try {
    const result = fn();
    return result instanceof Promise ? await result : result;
  } finally {
    for (const [index, part] of parts.entries()) part.enabled = before[index]!;
  }
}

/** Puts the model's own layers back where adapters were, and gives the memory of the adapters back. */
export function removeAdapters(
  { root, layers, saved }: AdaptedModel,
  keep: (wrapper: ModulesToSaveWrapper) => Module,
): void {
  for (const [name, layer] of layers) {
    for (const adapter of [...layer.adapters.keys()]) layer.deleteAdapter(adapter);
    layer.base_layer.training = layer.training;
    replace(root, name, layer.base_layer);
  }
  for (const [name, wrapper] of saved) {
    const kept = keep(wrapper);
    for (const adapter of wrapper.modules_to_save.adapters()) {
      if (wrapper.modules_to_save.get(adapter) !== kept) wrapper.deleteAdapter(adapter);
    }
    if (kept !== wrapper.original_module) wrapper.original_module.dispose();
    replace(root, name, kept);
  }
  layers.clear();
  saved.clear();
}

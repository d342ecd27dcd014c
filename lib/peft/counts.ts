/** Counts of parameters with adapters, the line that PEFT prints of them, and what the targets of a config cover. */
import { Embedding, type Module } from "../nn/index.ts";
import {
  adaptableLayers,
  matchTargets,
  savedLayerNames,
  modelModules,
  type AnyLoraConfig,
} from "./targets.ts";
import { matchesName } from "./name-patterns.ts";

/** The counts that PEFT prints. */
export interface ParameterCounts {
  trainable: number;
  all: number;
}

/** How many parameters of a tree train, and how many there are; a packed weight counts its elements. */
export function parameterCountsOf(root: Module): ParameterCounts {
  let trainable = 0;
  let all = 0;
  for (const [, parameter] of root.namedParameters()) {
    all += parameter.size;
    if (parameter.requiresGrad) trainable += parameter.size;
  }
  return { trainable, all };
}

/** The inputs and outputs of a layer as LoRA sees it. */
function sizesOf(layer: { weight: { shape: readonly number[] } }): number {
  return layer.weight.shape.reduce((sum, extent) => sum + extent, 0);
}

/**
 * What PEFT would print for a model and a LoRA config, by arithmetic alone: `r · (in + out)` a targeted layer, `out` more with
 * DoRA, copies in full and biases. The model needs no values, so that it may be one that no machine here could hold.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target matches nothing.
 * @example
 * loraParameterCounts(modelOutline(config), new LoraConfig({ r: 8, targetModules: ["q", "v"] }));
 */
export function loraParameterCounts(root: Module, config: AnyLoraConfig): ParameterCounts {
  const coverage = targetCoverage(root, config);
  let base = 0;
  for (const [, parameter] of root.namedParameters()) base += parameter.size;
  const modules = new Map(modelModules(root));
  // With ensureWeightTying, layers of one weight have one copy.
  const copied = savedLayerNames(root, config).flatMap((name) =>
    [...modules.get(name)!.ownParameters()].map(([, parameter]) => parameter),
  );
  const counted = config.ensureWeightTying ? new Set(copied) : copied;
  const copies = [...counted].reduce((sum, { size }) => sum + size, 0);
  const targeted = new Set(coverage.layers.map(({ name }) => name));
  const inFull = new Set(copied);
  let biases = 0;
  for (const [name, parameter] of root.namedParameters()) {
    if (!/(?:^|\.)bias$/.test(name) || config.bias === "none" || inFull.has(parameter)) continue;
    if (config.bias === "all" || targeted.has(name.slice(0, -".bias".length))) biases += parameter.size;
  }
  return {
    trainable: coverage.adapterParameters + copies + biases,
    all: base + coverage.adapterParameters + copies,
  };
}

/** What one target of a config matches. */
export interface TargetMatch {
  target: string;
  /** Names of the layers. */
  layers: string[];
  /** Weights of those layers. */
  weights: number;
  /** Parameters that the adapter has there. */
  adapterParameters: number;
}

/** Which layers of a model a config reaches. */
export interface TargetCoverage {
  /** By target; one pattern or "all-linear" is one target. */
  targets: TargetMatch[];
  layers: { name: string; r: number; adapterParameters: number }[];
  /** Targets, and keys of patterns, that match nothing. */
  unmatched: string[];
  /** Linear layers that get no adapter, by name. */
  uncovered: string[];
  adapterParameters: number;
  /** Weights of targeted linear layers among those of all linear layers, in [0, 1]. */
  share: number;
}

/**
 * Reports what the targets of a config match in a model, before anything is changed; nothing is thrown for a target that
 * matches nothing, it is listed.
 *
 * @example
 * const { layers, uncovered } = targetCoverage(model, new LoraConfig({ targetModules: ["q_proj", "v_proj"] }));
 * layers.length; // → 12
 */
export function targetCoverage(root: Module, config: AnyLoraConfig): TargetCoverage {
  const { layers: matched, unmatched } = matchTargets(root, config);
  const layers = [...matched].map(([name, { layer, r, tiedTo }]) => {
    const outputs = layer instanceof Embedding ? layer.weight.shape[1]! : layer.outFeatures;
    return {
      name,
      r,
      weights: layer.weight.size,
      // A tied head has the matrices of its embedding.
      adapterParameters: (tiedTo === undefined ? r * sizesOf(layer) : 0) + (config.useDora ? outputs : 0),
    };
  });
  const { targetModules } = config;
  const targets = (typeof targetModules === "string" ? [targetModules] : targetModules).map(
    (target): TargetMatch => {
      const own =
        typeof targetModules === "string" ? layers : layers.filter(({ name }) => matchesName(name, target));
      const sum = (of: (layer: (typeof layers)[number]) => number): number =>
        own.reduce((total, one) => total + of(one), 0);
      return {
        target,
        layers: own.map(({ name }) => name),
        weights: sum((one) => one.weights),
        adapterParameters: sum((one) => one.adapterParameters),
      };
    },
  );
  const linear = [...adaptableLayers(root)].filter(([, layer]) => !(layer instanceof Embedding));
  const total = linear.reduce((sum, [, layer]) => sum + layer.weight.size, 0);
  const covered = linear
    .filter(([name]) => matched.has(name))
    .reduce((sum, [, layer]) => sum + layer.weight.size, 0);
  return {
    targets,
    layers: layers.map(({ name, r, adapterParameters }) => ({ name, r, adapterParameters })),
    unmatched: [...unmatched.targets, ...unmatched.patterns],
    uncovered: linear.filter(([name]) => !matched.has(name)).map(([name]) => name),
    adapterParameters: layers.reduce((sum, one) => sum + one.adapterParameters, 0),
    share: total === 0 ? 0 : covered / total,
  };
}

/**
 * The line that PEFT prints.
 *
 * @example
 * trainableParametersLine({ trainable: 1536, all: 44864 });
 * // → "trainable params: 1,536 || all params: 44,864 || trainable%: 3.4237"
 */
export function trainableParametersLine({ trainable, all }: ParameterCounts): string {
  const grouped = (count: number): string => count.toLocaleString("en-US");
  const share = ((100 * trainable) / all).toFixed(4);
  return `trainable params: ${grouped(trainable)} || all params: ${grouped(all)} || trainable%: ${share}`;
}

/** What LoRA's layers of all kinds have in common: a base layer, adapters by name, and which of them are applied. */
import type { Conv1D, Embedding, Linear, Module, Parameter } from "../nn/index.ts";
import type { SeededRandom } from "../random.ts";
import type { InitLoraWeights } from "./config.ts";

/** A layer that LoRA can be added to. */
export type AdaptedLayer = Linear | Conv1D | Embedding;

/** What an adapter is in one layer, before it has matrices. */
export interface AdapterSettings {
  r: number;
  /** What B·A is multiplied by. */
  scaling: number;
  dropout: number;
  useDora: boolean;
  initLoraWeights: InitLoraWeights;
}

/** One adapter of one layer. */
export interface LoraAdapter extends AdapterSettings {
  /** A: `[r, in]`, of an embedding `[r, vocabulary]`. */
  readonly a: Parameter;
  /** B: `[out, r]`, of an embedding `[dim, r]`. */
  readonly b: Parameter;
  /** DoRA's lengths `[out]`, of an embedding `[dim]`. */
  readonly magnitude: Parameter | undefined;
  /** Where dropout draws from. */
  readonly random: SeededRandom;
  /** The adapter of the embedding whose matrices these are, the other way round; of a head that stays tied. */
  readonly tied?: LoraAdapter | undefined;
}

/** A layer with adapters. */
export interface LoraLayer extends Module {
  readonly base_layer: AdaptedLayer;
  readonly adapters: ReadonlyMap<string, LoraAdapter>;
  /** The adapters that are applied, in this order; those that this layer has not are passed over. */
  active: readonly string[];
  /** Whether any adapter is applied. */
  enabled: boolean;
  /** The adapters whose additions are in the base weight at present, which are not applied once more. */
  merged: readonly string[];
  /** Makes room for an adapter, whose parameters have no values yet, or ties it to that of an embedding. */
  addAdapter(name: string, settings: AdapterSettings, random: SeededRandom, tied?: LoraAdapter): LoraAdapter;
  /** Forgets an adapter and gives its memory back. */
  deleteAdapter(name: string): void;
}

/** The parameters of an adapter in a layer. */
export function parametersOf({ a, b, magnitude }: LoraAdapter): Parameter[] {
  return magnitude ? [a, b, magnitude] : [a, b];
}

/** The adapters that a forward pass applies. */
export function appliedAdapters(layer: LoraLayer): LoraAdapter[] {
  if (!layer.enabled || layer.merged.length > 0) return [];
  return layer.active.flatMap((name) => layer.adapters.get(name) ?? []);
}

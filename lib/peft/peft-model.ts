/** A model with LoRA adapters: trained, switched, combined, merged, saved and loaded as PEFT does it. */
import { ResidencyError } from "../errors.ts";
import type { TensorToStore } from "../formats/index.ts";
import {
  Conv1D,
  type CausalLanguageModel,
  type CausalLMInput,
  type CausalLMOutput,
  type GenerateMethod,
  type LabelLogProbs,
  type Module,
  type Parameter,
  type SummedLoss,
  type TokenMatrix,
} from "../nn/index.ts";
import { seededRandom, type SeededRandom } from "../random.ts";
import { fromAdapterConfigJson, toAdapterConfigJson } from "./adapter-config.ts";
import { adapterParameters, assignAdapter, savedTables } from "./adapter-state.ts";
import type { LoraConfig } from "./config.ts";
import { parameterCountsOf, trainableParametersLine, type ParameterCounts } from "./counts.ts";
import { activate, injectAdapter, removeAdapters, type AdaptedModel } from "./inject.ts";
import type { SavedNames, TargetNames } from "./layer-names.ts";
import type { LoraLayer } from "./lora-layer.ts";
import { checkUntied, mergeLayer, unmergeLayer, type MergeOptions } from "./merge.ts";
import { folderName, readAdapterFolder, writeAdapterFolder } from "./node.ts";
import type { AnyLoraConfig } from "./targets.ts";
import { combine, combinedRank, combinationTypes, type CombinationType } from "./weighted-adapter.ts";

/** The name of an adapter that none was given, as in PEFT. */
export const defaultAdapter = "default";

/** Options of {@link PeftModel.fromPretrained} and {@link PeftModel.loadAdapter}. */
export interface LoadAdapterOptions {
  adapterName?: string;
  /** Whether the adapter can be trained on; true when left out. */
  isTrainable?: boolean;
}

/** Options of {@link PeftModel.addWeightedAdapter}. */
export interface WeightedAdapterOptions {
  adapters: readonly string[];
  weights: readonly number[];
  adapterName: string;
  combinationType?: CombinationType;
  /** The rank with "svd"; the largest of the adapters' when left out. */
  svdRank?: number;
}

/** A causal language model whose layers carry trained additions. */
export class PeftModel<M extends CausalLanguageModel = CausalLanguageModel> implements CausalLanguageModel {
  readonly base: M;
  readonly #model: AdaptedModel;
  readonly #configs = new Map<string, AnyLoraConfig>();
  readonly #random: SeededRandom;
  #active: readonly string[] = [];
  #isTrainable = true;

  /** Use {@link getPeftModel} or {@link PeftModel.fromPretrained}. */
  constructor(base: M, seed: number) {
    this.base = base;
    this.#model = { root: base.root, layers: new Map(), saved: new Map() };
    this.#random = seededRandom(seed);
  }

  /**
   * Puts the adapter of a PEFT folder onto a model.
   *
   * @throws ResidencyError E_CHECKPOINT when a tensor is missing, unknown or of another shape.
   */
  static fromPretrained<M extends CausalLanguageModel>(
    model: M,
    folder: string,
    { adapterName = defaultAdapter, isTrainable = true }: LoadAdapterOptions = {},
  ): PeftModel<M> {
    const peft = new PeftModel(model, 0);
    peft.loadAdapter(folder, { adapterName });
    peft.#isTrainable = isTrainable;
    peft.setAdapter(adapterName);
    return peft;
  }

  /** Loads a further adapter of a PEFT folder, which is not active until {@link PeftModel.setAdapter} says so. */
  loadAdapter(folder: string, { adapterName = folderName(folder) }: LoadAdapterOptions = {}): void {
    const { config, tensors } = readAdapterFolder(folder);
    const parsed = fromAdapterConfigJson(config);
    this.#inject(adapterName, parsed, true);
    try {
      const parameters = adapterParameters(this.#model, adapterName, parsed);
      assignAdapter(parameters, savedTables(this.#model, adapterName), tensors, folder);
    } catch (error) {
      this.#forget(adapterName);
      if (this.#configs.size === 0) this.unload();
      throw error;
    }
  }

  /**
   * Adds a fresh adapter, which is not active until {@link PeftModel.setAdapter} says so.
   *
   * @throws ResidencyError E_CONFIG when there is one of that name; E_TARGET_MODULES as {@link getPeftModel}.
   */
  addAdapter(adapterName: string, config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>): void {
    this.#inject(adapterName, config, false);
  }

  #inject(name: string, config: AnyLoraConfig, isLoaded: boolean): void {
    if (this.#configs.has(name) || !/^[^.\s]+$/.test(name)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot add an adapter named "${name}": ${this.#configs.has(name) ? "there is one" : "a name has no dots or spaces"}`,
      );
    }
    if ([...this.#model.layers.values()].some(({ merged }) => merged.length > 0)) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot add an adapter while others are merged: call unmergeAdapter() first",
      );
    }
    const biased = [...this.#configs].find(([, other]) => other.bias !== "none");
    if (biased && config.bias !== "none") {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot add an adapter with bias "${config.bias}" beside "${biased[0]}", which trains the same biases of the model`,
      );
    }
    injectAdapter(this.#model, name, { config, random: this.#random, isLoaded });
    this.#configs.set(name, config);
    this.setAdapter(this.#active);
  }

  /** The settings of the first active adapter, or of the first that there is. */
  get config(): AnyLoraConfig {
    return this.#configs.get(this.#active[0] ?? "") ?? [...this.#configs.values()][0]!;
  }

  /** The settings of every adapter, by name. */
  get peftConfig(): ReadonlyMap<string, AnyLoraConfig> {
    return this.#configs;
  }

  /** The adapters that are applied, in this order. */
  get activeAdapters(): readonly string[] {
    return this.#active;
  }

  /**
   * Applies an adapter, or several one on top of the other; theirs are the parameters that train from now on.
   *
   * @throws ResidencyError E_CONFIG for a name that there is not.
   */
  setAdapter(names: string | readonly string[]): void {
    const active = typeof names === "string" ? [names] : names;
    for (const name of active) this.#configOf(name);
    this.#active = active;
    activate(this.#model, active, { configs: this.#configs, isTrainable: this.#isTrainable });
  }

  /** Forgets an adapter and gives its memory back; the others stay active. */
  deleteAdapter(name: string): void {
    this.#configOf(name);
    if ([...this.#model.layers.values()].some(({ merged }) => merged.includes(name))) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot delete the adapter "${name}" while it is merged: call unmergeAdapter() first`,
      );
    }
    this.#forget(name);
  }

  #forget(name: string): void {
    for (const layer of this.#model.layers.values()) layer.deleteAdapter(name);
    for (const wrapper of this.#model.saved.values()) wrapper.deleteAdapter(name);
    this.#configs.delete(name);
    this.setAdapter(this.#active.filter((other) => other !== name));
  }

  #configOf(name: string): AnyLoraConfig {
    const config = this.#configs.get(name);
    if (config) return config;
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use the adapter "${name}": there is none of that name; there are ${[...this.#configs.keys()].join(", ") || "none"}`,
    );
  }

  /**
   * Adds an adapter that is a weighted sum of others, in every layer that all of them have.
   *
   * @throws ResidencyError E_CONFIG for DoRA, for adapters that change more than matrices, and for ranks that do not fit.
   */
  addWeightedAdapter(options: WeightedAdapterOptions): void {
    const { adapters, weights, adapterName, combinationType = "svd", svdRank } = options;
    const configs = adapters.map((name) => this.#configOf(name));
    const refuse = (why: string): never => {
      throw new ResidencyError("E_CONFIG", `Cannot combine the adapters ${adapters.join(", ")}: ${why}`);
    };
    if (adapters.length === 0 || weights.length !== adapters.length) refuse("each needs a weight");
    if (!combinationTypes.includes(combinationType))
      refuse(`combinationType is one of ${combinationTypes.join(", ")}`);
    if (configs.some(({ useDora }) => useDora)) refuse("the lengths of DoRA cannot be added up");
    if (configs.some(({ modulesToSave, bias }) => modulesToSave !== undefined || bias !== "none"))
      refuse("copies of modules and biases cannot be added up");
    const ranks = new Map<string, number>();
    for (const [name, layer] of this.#model.layers) {
      if (adapters.every((adapter) => layer.adapters.has(adapter)))
        ranks.set(name, combinedRank(this.#parts(layer, adapters, weights), combinationType, svdRank));
    }
    if (ranks.size === 0) refuse("no layer has them all");
    const r = Math.max(...ranks.values());
    const config = configs[0]!.with({
      ...{ r, loraAlpha: r, useRslora: false, initLoraWeights: true, alphaPattern: {} },
      targetModules: [...ranks.keys()],
      rankPattern: {},
      ...{ excludeModules: undefined, layersToTransform: undefined, layersPattern: undefined },
    });
    for (const [name, rank] of ranks) {
      const layer = this.#model.layers.get(name)!;
      const made = combine(this.#parts(layer, adapters, weights), combinationType, rank);
      const settings = {
        r: rank,
        scaling: 1,
        dropout: config.loraDropout,
        useDora: false,
        initLoraWeights: true,
      };
      const adapter = layer.addAdapter(adapterName, settings, this.#random);
      adapter.a.assign(made.a);
      adapter.b.assign(made.b);
    }
    const patterns = Object.fromEntries([...ranks].filter(([, rank]) => rank !== r));
    this.#configs.set(adapterName, config.with({ rankPattern: patterns, alphaPattern: patterns }));
    this.setAdapter(this.#active);
  }

  #parts(layer: LoraLayer, adapters: readonly string[], weights: readonly number[]) {
    return adapters.map((name, index) => ({ adapter: layer.adapters.get(name)!, weight: weights[index]! }));
  }

  /** Writes an adapter alone, as a folder that PEFT's `PeftModel.from_pretrained` reads. */
  async savePretrained(
    folder: string,
    {
      baseModel,
      adapterName = this.#active[0] ?? defaultAdapter,
    }: { baseModel?: string | null; adapterName?: string } = {},
  ): Promise<void> {
    const config = this.#configOf(adapterName);
    if ([...this.#model.layers.values()].some(({ merged }) => merged.length > 0 && config.bias !== "none")) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot save an adapter with biases while it is merged: call unmergeAdapter() first",
      );
    }
    const tensors: Record<string, TensorToStore> = {};
    const tables = [...savedTables(this.#model, adapterName)].filter(([, { packed }]) => !packed);
    for (const [name, parameter] of [...adapterParameters(this.#model, adapterName, config), ...tables]) {
      tensors[name] = { shape: parameter.shape, values: await parameter.value.data<"float32">() };
    }
    const fanInFanOut = [...this.#model.layers.values()].some((layer) => layer.base_layer instanceof Conv1D);
    writeAdapterFolder(folder, {
      config: toAdapterConfigJson(config, { fanInFanOut, ...(baseModel !== undefined && { baseModel }) }),
      tensors,
    });
  }

  get root(): Module {
    return this.base.root;
  }

  get eosTokenIds(): readonly number[] {
    return this.base.eosTokenIds;
  }

  forward(input: CausalLMInput): CausalLMOutput {
    return this.base.forward(input);
  }

  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss {
    return this.base.summedLoss(input);
  }

  labelLogProbs(input: CausalLMInput & { labels: TokenMatrix }): LabelLogProbs {
    return this.base.labelLogProbs(input);
  }

  get generate(): GenerateMethod {
    return this.base.generate;
  }

  /** The parameters of an adapter by the names of PEFT's files, such as `base_model.model.….lora_A.weight`. */
  stateDict(adapterName: string = this.#active[0] ?? defaultAdapter): Map<string, Parameter> {
    return adapterParameters(this.#model, adapterName, this.#configOf(adapterName));
  }

  /** What `B A` of each layer is multiplied by, by the layer's name. */
  scalings(adapterName: string = this.#active[0] ?? defaultAdapter): Map<string, number> {
    const layers = [...this.#model.layers].filter(([, layer]) => layer.adapters.has(adapterName));
    return new Map(layers.map(([name, layer]) => [name, layer.adapters.get(adapterName)!.scaling]));
  }

  /** How many parameters train, and how many there are with the adapters'; a packed weight counts its elements. */
  parameterCounts(): ParameterCounts {
    return parameterCountsOf(this.root);
  }

  /** Prints `trainable params: … || all params: … || trainable%: …`, the line that PEFT prints. */
  printTrainableParameters(): void {
    console.log(trainableParametersLine(this.parameterCounts()));
  }

  /**
   * Runs `fn` with the base model alone; the adapters are back on afterwards, also when `fn` throws: after the promise that it
   * gives, or at once when it gives none, so that one pass can run without them between two that have them. Biases that were
   * trained stay as they are, as in PEFT.
   */
  async disableAdapter<T>(fn: () => T | Promise<T>): Promise<T> {
    const parts = [...this.#model.layers.values(), ...this.#model.saved.values()];
    const before = parts.map(({ enabled }) => enabled);
    for (const part of parts) part.enabled = false;
    try {
      const result = fn();
      return result instanceof Promise ? await result : result;
    } finally {
      for (const [index, part] of parts.entries()) part.enabled = before[index]!;
    }
  }

  /** Bytes of the base model's and the adapters' parameters as they are held. */
  getMemoryFootprint(): number {
    return this.root.getMemoryFootprint();
  }

  /**
   * Adds adapters (the active ones when left out) into the base weights; {@link PeftModel.unmergeAdapter} takes them out again,
   * to the bit, since the weights before lie aside. Weights that are packed are unpacked, added to and packed again; `onDrift`
   * hears how much of each is lost in that.
   *
   * @throws ResidencyError E_CONFIG for a weight that another layer has too.
   */
  mergeAdapter({
    adapterNames = this.#active,
    ...options
  }: MergeOptions & { adapterNames?: readonly string[] } = {}): void {
    for (const name of adapterNames) this.#configOf(name);
    for (const [name, layer] of this.#model.layers) {
      if (adapterNames.some((adapter) => layer.adapters.has(adapter))) checkUntied(this.root, name, layer);
    }
    for (const [name, layer] of this.#model.layers) mergeLayer(name, layer, adapterNames, options);
  }

  /** Takes merged adapters out of the base weights. */
  unmergeAdapter(): void {
    for (const layer of this.#model.layers.values()) unmergeLayer(layer);
  }

  /**
   * Merges adapters (the active ones when left out) and gives the plain model back; this object is of no use afterwards.
   *
   * @throws ResidencyError E_NUMERIC with safeMerge when a sum is not finite; the model is then as before.
   */
  mergeAndUnload(options: MergeOptions & { adapterNames?: readonly string[] } = {}): M {
    try {
      this.mergeAdapter(options);
    } catch (error) {
      this.unmergeAdapter();
      throw error;
    }
    for (const layer of this.#model.layers.values()) layer.base_layer.weight.dropStash();
    this.#remove(true);
    return this.base;
  }

  /** Takes all adapters away and gives the plain model back as it was; this object is of no use afterwards. */
  unload(): M {
    this.unmergeAdapter();
    this.#remove(false);
    return this.base;
  }

  #remove(keepsCopies: boolean): void {
    removeAdapters(this.#model, (wrapper) => (keepsCopies ? wrapper.current : wrapper.original_module));
    this.#configs.clear();
    this.#active = [];
  }
}

/**
 * Adds a fresh LoRA adapter to a model and freezes everything else.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no layer.
 * @example
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] }));
 */
export function getPeftModel<M extends CausalLanguageModel>(
  model: M,
  config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>,
  { seed = 0, adapterName = defaultAdapter }: { seed?: number; adapterName?: string } = {},
): PeftModel<M> {
  const peft = new PeftModel(model, seed);
  peft.addAdapter(adapterName, config);
  peft.setAdapter(adapterName);
  return peft;
}

/** A model with LoRA adapters: trained, switched, combined, merged, saved and loaded as PEFT does it. */
import type { CausalLanguageModel, Parameter } from "../nn/index.ts";
import { seededRandom, type SeededRandom } from "../random.ts";
import { checkAddable, checkDeletable, checkNewName, configOf, defaultAdapter } from "./adapter-rules.ts";
import { adapterParameters } from "./adapter-state.ts";
import type { LoraConfig } from "./config.ts";
import { parameterCountsOf, trainableParametersLine, type ParameterCounts } from "./counts.ts";
import { activate, injectAdapter, removeAdapters, withoutAdapters, type AdaptedModel } from "./inject.ts";
import type { SavedNames, TargetNames } from "./layer-names.ts";
import { fillAdapter, readAdapter, type LoadAdapterOptions } from "./load-adapter.ts";
import { checkMergeable, mergeLayers, unmergeLayer, type MergeAdapterOptions } from "./merge.ts";
import { readingAtOnce, readingInTurns, type TensorReads } from "./tensor-reads.ts";
import { folderName } from "./node.ts";
import { saveAdapter, type SaveAdapterOptions } from "./save-adapter.ts";
import type { AnyLoraConfig } from "./targets.ts";
import { combineAdapters, type WeightedAdapterOptions } from "./weighted-adapter.ts";
import { WrappedModel } from "./wrapped-model.ts";

/**
 * A causal language model whose layers carry trained additions.
 *
 * @example
 * await peft.savePretrained("out/adapter");
 * const base = await AutoModelForCausalLM.fromPretrained("assets/intern");
 * const loaded = await PeftModel.fromPretrained(base, "out/adapter");
 * const merged = loaded.mergeAndUnload();
 */
export class PeftModel<M extends CausalLanguageModel = CausalLanguageModel> extends WrappedModel<M> {
  readonly #model: AdaptedModel;
  readonly #configs = new Map<string, AnyLoraConfig>();
  readonly #random: SeededRandom;
  #active: readonly string[] = [];
  #isTrainable = true;

  /** Use {@link getPeftModel} or {@link PeftModel.fromPretrained}. */
  constructor(base: M, seed: number) {
    super(base);
    this.#model = { root: base.root, layers: new Map(), saved: new Map() };
    this.#random = seededRandom(seed);
  }

  /**
   * Puts the adapter of a PEFT folder, or of `owner/name` from the hub, onto a model. One that began as a part of the base
   * weights (PiSSA, OLoRA) has that part taken out of them again, as in PEFT.
   *
   * @throws ResidencyError E_CHECKPOINT when a tensor is missing, unknown or of another shape; as `hfHubDownload` does.
   */
  static async fromPretrained<M extends CausalLanguageModel>(
    model: M,
    nameOrFolder: string,
    { adapterName = defaultAdapter, isTrainable = true, ...download }: LoadAdapterOptions = {},
  ): Promise<PeftModel<M>> {
    const peft = new PeftModel(model, 0);
    await peft.loadAdapter(nameOrFolder, { ...download, adapterName });
    peft.#isTrainable = isTrainable;
    peft.setAdapter(adapterName);
    return peft;
  }

  /**
   * Loads a further adapter of a PEFT folder or of the hub, which is not active until {@link PeftModel.setAdapter} says so. Its
   * name is the last part of the folder's, without dots and spaces, when none is given.
   *
   * @throws ResidencyError as {@link PeftModel.fromPretrained} does; E_CONFIG when there is one of that name.
   */
  async loadAdapter(
    nameOrFolder: string,
    { adapterName = folderName(nameOrFolder).replace(/[.\s]+/g, "-"), ...download }: LoadAdapterOptions = {},
  ): Promise<void> {
    checkNewName(this.#configs, adapterName);
    const adapter = await readAdapter(nameOrFolder, download);
    await readingInTurns(this.#injecting(adapterName, adapter.config, true));
    try {
      await readingInTurns(fillAdapter(this.#model, adapterName, adapter, this.#random));
    } catch (error) {
      this.#forget(adapterName);
      if (this.#configs.size === 0) this.unload();
      throw error;
    }
  }

  /**
   * Adds a fresh adapter, which is not active until {@link PeftModel.setAdapter} says so.
   *
   * @throws ResidencyError E_CONFIG when there is one of that name; E_TARGET_MODULES as {@link getPeftModel}; E_SYNC_READ on webgpu for
   * one that begins as a part of the base weights, which {@link PeftModel.addAdapterAsync} adds there. The model is then unchanged.
   */
  addAdapter(adapterName: string, config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>): void {
    readingAtOnce(this.#injecting(adapterName, config, false));
  }

  /** Adds an adapter as {@link PeftModel.addAdapter} does, on every backend; the model is used when the promise is fulfilled. */
  async addAdapterAsync(
    adapterName: string,
    config: LoraConfig<NoInfer<TargetNames<M>>, NoInfer<SavedNames<M>>>,
  ): Promise<void> {
    await readingInTurns(this.#injecting(adapterName, config, false));
  }

  *#injecting(name: string, config: AnyLoraConfig, isLoaded: boolean): TensorReads<void> {
    checkNewName(this.#configs, name);
    checkAddable(this.#model, this.#configs, config);
    yield* injectAdapter(this.#model, name, { config, random: this.#random, isLoaded });
    const isNamed = config.baseModelNameOrPath !== null || this.nameOrPath === "";
    this.#configs.set(name, isNamed ? config : config.with({ baseModelNameOrPath: this.nameOrPath }));
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
    for (const name of active) configOf(this.#configs, name);
    this.#active = active;
    activate(this.#model, active, { configs: this.#configs, isTrainable: this.#isTrainable });
  }

  /** Forgets an adapter and gives its memory back; the others stay active. */
  deleteAdapter(name: string): void {
    configOf(this.#configs, name);
    checkDeletable(this.#model, name);
    this.#forget(name);
  }

  #forget(name: string): void {
    for (const layer of this.#model.layers.values()) layer.deleteAdapter(name);
    for (const wrapper of this.#model.saved.values()) wrapper.deleteAdapter(name);
    this.#configs.delete(name);
    this.setAdapter(this.#active.filter((other) => other !== name));
  }

  /**
   * Adds an adapter that is a weighted sum of others, in every layer that any of them has.
   *
   * @throws ResidencyError E_CONFIG for DoRA, for adapters that change more than matrices, and for ranks that do not fit; E_SYNC_READ
   * for "svd" on webgpu, where {@link PeftModel.addWeightedAdapterAsync} combines. No adapter is added then.
   */
  addWeightedAdapter(options: WeightedAdapterOptions): void {
    readingAtOnce(this.#combining(options));
  }

  /** Combines as {@link PeftModel.addWeightedAdapter} does, on every backend. */
  async addWeightedAdapterAsync(options: WeightedAdapterOptions): Promise<void> {
    await readingInTurns(this.#combining(options));
  }

  *#combining(options: WeightedAdapterOptions): TensorReads<void> {
    const configs = options.adapters.map((name) => configOf(this.#configs, name));
    checkNewName(this.#configs, options.adapterName);
    const config = yield* combineAdapters(this.#model, configs, options, this.#random);
    this.#configs.set(options.adapterName, config);
    this.setAdapter(this.#active);
  }

  /**
   * Writes an adapter alone, as a folder that PEFT's `PeftModel.from_pretrained` reads. Its `base_model_name_or_path` is `baseModel`
   * or, when that is left out, what the config names, or else where the model was loaded from, as PEFT has it: a folder is written
   * as it was given, so that an adapter that others get is better saved with the id of its model on the hub.
   *
   * @throws ResidencyError E_CONFIG for biases that are merged, or a conversion that is not possible; E_CHECKPOINT when the
   * initial adapter does not fit; E_SAVE when the folder cannot be written.
   */
  async savePretrained(
    folder: string,
    { adapterName = this.#active[0] ?? defaultAdapter, ...options }: SaveAdapterOptions = {},
  ): Promise<void> {
    await saveAdapter(this.#model, configOf(this.#configs, adapterName), folder, { ...options, adapterName });
  }

  /** The parameters of an adapter by the names of PEFT's files, such as `base_model.model.….lora_A.weight`. */
  stateDict(adapterName: string = this.#active[0] ?? defaultAdapter): Map<string, Parameter> {
    return adapterParameters(this.#model, adapterName, configOf(this.#configs, adapterName));
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
  disableAdapter<T>(fn: () => T | Promise<T>): Promise<T> {
    return withoutAdapters(this.#model, fn);
  }

  /** Bytes of the base model's and the adapters' parameters as they are held. */
  getMemoryFootprint(): number {
    return this.root.getMemoryFootprint();
  }

  /**
   * Adds adapters (the active ones when left out) into the base weights; {@link PeftModel.unmergeAdapter} takes them out again,
   * to the bit, since the weights before lie aside. Weights that are packed are unpacked, added to and packed again; `onDrift`
   * hears how much of each is lost in that, and without it a warning says so once.
   *
   * @throws ResidencyError E_CONFIG for a weight that another layer has too; E_SYNC_READ for packed weights and with safeMerge on
   * webgpu, whose tensors cannot be read at once: {@link PeftModel.mergeAdapterAsync} merges there.
   */
  mergeAdapter(options: MergeAdapterOptions = {}): void {
    readingAtOnce(this.#merging(options));
  }

  /**
   * Merges as {@link PeftModel.mergeAdapter} does, on every backend; the model is used when the promise is fulfilled, since some
   * layers are merged before others.
   *
   * @throws ResidencyError E_CONFIG and E_NUMERIC as mergeAdapter does.
   */
  async mergeAdapterAsync(options: MergeAdapterOptions = {}): Promise<void> {
    await readingInTurns(this.#merging(options));
  }

  *#merging({ adapterNames = this.#active, ...options }: MergeAdapterOptions): TensorReads<void> {
    for (const name of adapterNames) configOf(this.#configs, name);
    checkMergeable(this.#model, adapterNames);
    yield* mergeLayers(this.#model.layers, adapterNames, options);
  }

  /** Takes merged adapters out of the base weights. */
  unmergeAdapter(): void {
    for (const layer of this.#model.layers.values()) unmergeLayer(layer);
  }

  /**
   * Merges adapters (the active ones when left out) and gives the plain model back; this object is of no use afterwards.
   *
   * @throws ResidencyError E_NUMERIC with safeMerge when a sum is not finite, and what mergeAdapter throws; the model is then as before.
   */
  mergeAndUnload(options: MergeAdapterOptions = {}): M {
    return readingAtOnce(this.#mergingAndUnloading(options));
  }

  /**
   * Merges and unloads as {@link PeftModel.mergeAndUnload} does, on every backend: packed weights can be merged on webgpu, too.
   *
   * @throws ResidencyError as mergeAndUnload does, but for E_SYNC_READ.
   */
  async mergeAndUnloadAsync(options: MergeAdapterOptions = {}): Promise<M> {
    return readingInTurns(this.#mergingAndUnloading(options));
  }

  *#mergingAndUnloading(options: MergeAdapterOptions): TensorReads<M> {
    try {
      yield* this.#merging(options);
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

/** A model with a LoRA adapter: trained, switched off, merged, saved and loaded as PEFT does it. */
import * as tf from "@tensorflow/tfjs-core";
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
import { seededRandom } from "../random.ts";
import { fromAdapterConfigJson, toAdapterConfigJson, type LinearNames, type LoraConfig } from "./config.ts";
import { injectLora, mergeLora } from "./inject.ts";
import type { LoraLinear } from "./lora-linear.ts";
import type { MergeDrift } from "./merge-packed.ts";
import { readAdapterFolder, writeAdapterFolder } from "./node.ts";
import type { ParameterCounts } from "./targets.ts";

/** A causal language model whose linear layers carry trained additions. */
export class PeftModel<M extends CausalLanguageModel = CausalLanguageModel> implements CausalLanguageModel {
  readonly base: M;
  readonly config: LoraConfig;
  readonly #layers: ReadonlyMap<string, LoraLinear>;

  /** Use {@link getPeftModel} or {@link PeftModel.fromPretrained}. */
  constructor(base: M, config: LoraConfig, seed: number) {
    this.base = base;
    this.config = config;
    this.#layers = injectLora(base.root, config, seededRandom(seed));
  }

  /**
   * Puts the adapter of a PEFT folder onto a model.
   *
   * @throws ResidencyError E_CHECKPOINT when a matrix is missing, unknown or of another shape.
   */
  static fromPretrained<M extends CausalLanguageModel>(model: M, folder: string): PeftModel<M> {
    const { config, tensors } = readAdapterFolder(folder);
    const peft = new PeftModel(model, fromAdapterConfigJson(config), 0);
    const parameters = peft.#adapterParameters();
    const missing = [...parameters.keys()].filter((name) => !tensors.has(name));
    const unknown = [...tensors.keys()].filter((name) => !parameters.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot load the adapter of ${folder}: it lacks ${missing.length} matrices (${missing[0] ?? "none"}) and has ` +
          `${unknown.length} that the model has no place for (${unknown[0] ?? "none"})`,
      );
    }
    for (const [name, parameter] of parameters) {
      const { shape, values } = tensors.get(name)!;
      parameter.assign(tf.tensor(values, [...shape], "float32"));
    }
    return peft;
  }

  /** Writes the adapter alone, as a folder that PEFT's `PeftModel.from_pretrained` reads. */
  async savePretrained(
    folder: string,
    { baseModel = null }: { baseModel?: string | null } = {},
  ): Promise<void> {
    const tensors: Record<string, TensorToStore> = {};
    for (const [name, parameter] of this.#adapterParameters()) {
      tensors[name] = { shape: parameter.shape, values: await parameter.value.data<"float32">() };
    }
    const fanInFanOut = [...this.#layers.values()].some((layer) => layer.base_layer instanceof Conv1D);
    writeAdapterFolder(folder, {
      config: toAdapterConfigJson(this.config, baseModel, { fanInFanOut }),
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

  /** The adapter's matrices under the names of PEFT's files, such as `base_model.model.….lora_A.weight`. */
  #adapterParameters(): Map<string, Parameter> {
    const parameters = new Map<string, Parameter>();
    for (const [name, layer] of this.#layers) {
      parameters.set(`base_model.model.${name}.lora_A.weight`, layer.lora_A.weight);
      parameters.set(`base_model.model.${name}.lora_B.weight`, layer.lora_B.weight);
    }
    return parameters;
  }

  /** How many parameters train, and how many there are with the adapter's; a packed weight counts its elements. */
  parameterCounts(): ParameterCounts {
    let trainable = 0;
    let all = 0;
    for (const [, parameter] of this.root.namedParameters()) {
      all += parameter.size;
      if (parameter.requiresGrad) trainable += parameter.size;
    }
    return { trainable, all };
  }

  /** Prints `trainable params: … || all params: … || trainable%: …`, the line that PEFT prints. */
  printTrainableParameters(): void {
    console.log(trainableParametersLine(this.parameterCounts()));
  }

  /** Runs `fn` with the base model alone; the adapter is back on afterwards, also when `fn` throws. */
  async disableAdapter<T>(fn: () => T | Promise<T>): Promise<T> {
    for (const layer of this.#layers.values()) layer.enabled = false;
    try {
      return await fn();
    } finally {
      for (const layer of this.#layers.values()) layer.enabled = true;
    }
  }

  /** Bytes of the base model's and the adapter's parameters as they are held. */
  getMemoryFootprint(): number {
    return this.root.getMemoryFootprint();
  }

  /**
   * Adds the adapter into the base weights and gives the plain model back; this object is of no use afterwards. Weights
   * that are packed are unpacked, added to and packed again; `onDrift` hears how much of each is lost in that.
   */
  mergeAndUnload({ onDrift }: { onDrift?: (drift: MergeDrift) => void } = {}): M {
    mergeLora(this.root, this.#layers, onDrift);
    return this.base;
  }
}

/**
 * The line that PEFT prints.
 *
 * @example
 * trainableParametersLine({ trainable: 1536, all: 44864 });
 * // "trainable params: 1,536 || all params: 44,864 || trainable%: 3.4237"
 */
export function trainableParametersLine({ trainable, all }: ParameterCounts): string {
  const grouped = (count: number): string => count.toLocaleString("en-US");
  const share = ((100 * trainable) / all).toFixed(4);
  return `trainable params: ${grouped(trainable)} || all params: ${grouped(all)} || trainable%: ${share}`;
}

/**
 * Adds a fresh LoRA adapter to a model and freezes everything else.
 *
 * @throws ResidencyError E_TARGET_MODULES when a target names no linear layer.
 * @example
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj"] }));
 */
export function getPeftModel<M extends CausalLanguageModel>(
  model: M,
  config: LoraConfig<NoInfer<LinearNames<M>>>,
  { seed = 0 }: { seed?: number } = {},
): PeftModel<M> {
  return new PeftModel(model, config, seed);
}

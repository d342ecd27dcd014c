/** A causal language model of any family: a decoder and its head, with loss and generation. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { FloatType } from "../formats/index.ts";
import {
  generateWith,
  type CausalDecoder,
  type DecodeInput,
  type GenerationConfig,
} from "../generate/index.ts";
import {
  attentionSegments,
  dependsOnLength,
  inputEmbedding,
  Module,
  packedSegments,
  rotaryAngles,
  type CausalLanguageModel,
  type CausalLMInput,
  type CausalLMOutput,
  type GenerateMethod,
  type KeyValueCache,
  type LabelLogProbs,
  type LinearLayer,
  type RotaryOptions,
  type SummedLoss,
  type TokenMatrix,
} from "../nn/index.ts";
import {
  crossEntropySum,
  endInterruptedGradient,
  takeTrainedRows,
  trainedPositions,
  trainedSpan,
  type TrainedPositions,
} from "../ops/index.ts";
import type { ConfigJson, HeadCounts } from "./config.ts";
import type { Decoder, PassContext } from "./decoder.ts";
import {
  headLogits,
  headLogProbs,
  headLossSum,
  headLossWithFigures,
  tokenLossOf,
  type Head,
} from "./head.ts";
import { checkPositions, checkTokenIds, toRows } from "./inputs.ts";
import { loadPretrained, savePretrainedModel, type FromPretrainedOptions } from "./node.ts";

/** What the configs of all families have. */
export interface CausalLMConfig extends HeadCounts {
  vocabSize: number;
  hiddenSize: number;
  numHiddenLayers: number;
  maxPositionEmbeddings: number;
  tieWordEmbeddings: boolean;
  eosTokenIds: number[];
  /** Left out where positions are learnt. */
  rotary?: RotaryOptions;
  /** Bounds the logits to ±c, as c · tanh(logit / c). */
  finalLogitSoftcapping?: number;
}

/** The class of a family. */
export interface CausalLMClass<M extends CausalLM = CausalLM> {
  new (configJson: ConfigJson): M;
  /** The name in config.json's `architectures`. */
  readonly architecture: string;
  /** The name in config.json's `model_type`. */
  readonly modelType: string;
}

/** Runs something and disposes of all tensors that are made in it, but for those of its result. */
function inScope<Result extends object>(run: () => Result): Result {
  return tf.tidy(run as unknown as () => tf.TensorContainer) as unknown as Result;
}

/** How hidden states are computed. */
interface HiddenOptions {
  attentionMask?: readonly (readonly number[])[] | undefined;
  positionIds?: readonly (readonly number[])[] | undefined;
  cache?: KeyValueCache | undefined;
  /** The first position that is asked for. */
  from?: number;
  onHiddenState?: PassContext["onHiddenState"];
}

/** What labels are predicted from. */
interface Predicting {
  /** `[N, hidden]` */
  hidden: tf.Tensor2D;
  positions: TrainedPositions;
  /** How many positions of each row hidden states were computed for. */
  length: number;
}

/**
 * What all families do alike; a family adds its decoder and its head under the names of its checkpoints.
 *
 * @example
 * const { loss } = model.forward({ inputIds: [[5, 6, 7]], labels: [[-100, 6, 7]] });
 * (await loss.data())[0]! > 0; // → true
 */
export abstract class CausalLM<Config extends CausalLMConfig = CausalLMConfig>
  extends Module
  implements CausalLanguageModel, CausalDecoder
{
  abstract lm_head: LinearLayer;
  /** Whether training keeps only each layer's input and makes its activations again in the backward pass. */
  gradientCheckpointing = false;
  /** The defaults of `generate`, from the folder's generation_config.json. */
  generationConfig: GenerationConfig | undefined;
  /**
   * What `fromPretrained` was given, a folder or an id of the hub: transformers' `name_or_path`. Empty for a model that was made of
   * a config. Adapters are saved with it as what they were trained on.
   */
  readonly nameOrPath: string = "";
  readonly #config: Config;
  readonly #configJson: ConfigJson;

  /** Called by the families, whose parameters get their values from a checkpoint or an initialisation. */
  constructor(configJson: ConfigJson, config: Config) {
    super();
    this.#config = config;
    this.#configJson = configJson;
  }

  /**
   * Loads a model folder of this very family, or `owner/name` from the hub: config.json and safetensors, single or sharded,
   * stored as f32, f16 or bf16, or in 4 or 8 bits by bitsandbytes.
   *
   * @throws ResidencyError E_CHECKPOINT when the folder holds another family, or is incomplete; E_CONFIG for options that
   * do not fit it, E_BACKEND for a device that there is not.
   * @example
   * const model = await LlamaForCausalLM.fromPretrained("assets/intern");
   */
  static fromPretrained<M extends CausalLM>(
    this: CausalLMClass<M>,
    nameOrFolder: string,
    options: FromPretrainedOptions = {},
  ): Promise<M> {
    const build = (config: ConfigJson): M => {
      if (config["model_type"] !== this.modelType) {
        throw new ResidencyError(
          "E_CHECKPOINT",
          `Cannot load ${nameOrFolder} as ${this.architecture}: its model_type is ${JSON.stringify(config["model_type"])}, ` +
            `and must be "${this.modelType}"; AutoModelForCausalLM takes any`,
        );
      }
      return new this(config);
    };
    return loadPretrained(nameOrFolder, build, options);
  }

  /** The transformer without the head. */
  protected abstract get decoder(): Decoder;

  /** The name under which the decoder stands in checkpoints, such as "model". */
  abstract get baseModelPrefix(): string;

  get config(): Config {
    return this.#config;
  }

  get configJson(): ConfigJson {
    return this.#configJson;
  }

  get root(): Module {
    return this;
  }

  get eosTokenIds(): readonly number[] {
    return this.#config.eosTokenIds;
  }

  /** Hidden states `[B, T - from, hidden]` of token ids. */
  #hidden(
    ids: readonly (readonly number[])[],
    { attentionMask, positionIds, cache, from = 0, onHiddenState }: HiddenOptions,
  ): tf.Tensor3D {
    const { vocabSize, rotary } = this.#config;
    const length = checkTokenIds(ids, vocabSize);
    if (positionIds) checkPositions(positionIds, { batch: ids.length, length });
    const past = cache?.length ?? 0;
    const positions = positionIds ?? [Array.from({ length }, (_, t) => past + t)];
    const isPacked = positionIds !== undefined && attentionMask === undefined && cache === undefined;
    return this.decoder.forward(tf.tensor2d(Int32Array.from(ids.flat()), [ids.length, length], "int32"), {
      positions,
      angles: rotary && rotaryAngles(positions, rotary),
      segments: isPacked ? packedSegments(positionIds) : attentionSegments(past + length, attentionMask),
      ...{ cache, from },
      checkpointing: this.gradientCheckpointing && this.training,
      onHiddenState,
    });
  }

  #hiddenOf(
    { inputIds, attentionMask, positionIds }: CausalLMInput,
    options: Pick<HiddenOptions, "from" | "onHiddenState"> = {},
  ): tf.Tensor3D {
    return this.#hidden(toRows(inputIds), {
      attentionMask: attentionMask && toRows(attentionMask),
      positionIds: positionIds && toRows(positionIds),
      ...options,
    });
  }

  get #head(): Head {
    return { layer: this.lm_head, cap: this.#config.finalLogitSoftcapping ?? 0 };
  }

  forward(input: CausalLMInput & { labels: TokenMatrix }): CausalLMOutput & { loss: tf.Scalar };
  forward(input: CausalLMInput): CausalLMOutput;
  forward(input: CausalLMInput): CausalLMOutput {
    const { labels, numItemsInBatch, outputHiddenStates = false } = input;
    const kind = tokenLossOf(input);
    const positions = labels && trainedPositions(toRows(labels));
    const [logits, loss, hiddenStates] = tf.tidy(() => {
      const states: tf.Tensor3D[] = [];
      const onHiddenState = outputHiddenStates ? (state: tf.Tensor3D) => states.push(state) : undefined;
      const hidden = this.#hiddenOf(input, { onHiddenState });
      const all = headLogits(this.#head, hidden) as tf.Tensor3D;
      const sum = positions && crossEntropySum(takeTrainedRows(all, positions), positions.targets, kind);
      const mean = sum && tf.div(sum, numItemsInBatch ?? positions.targets.length);
      return [all, mean, [...states, hidden]] as unknown as tf.Tensor[];
    }) as unknown as [tf.Tensor3D, tf.Scalar | undefined, tf.Tensor3D[]];
    if (!outputHiddenStates) tf.dispose(hiddenStates);
    return { logits, ...(loss && { loss }), ...(outputHiddenStates && { hiddenStates }) };
  }

  /** The hidden states `[N, hidden]` that labels are predicted from, and where they stand in a batch of rows of `length`. */
  #predicting(input: CausalLMInput & { labels: TokenMatrix }): Predicting {
    const labels = toRows(input.labels);
    const { from, to } = trainedSpan(labels);
    // No token sees those behind it, so what stands behind the last trained position need not be computed, unless
    // the angles of all depend on how many there are, or the noise on the embedding does. What stands before the first one
    // is looked at by the layers, but not behind them.
    const needsAll =
      dependsOnLength(this.#config.rotary?.scaling) ||
      (this.training && inputEmbedding(this)?.noise !== undefined);
    const end = needsAll ? labels[0]!.length : to;
    const cut = (matrix: TokenMatrix | undefined): number[][] | undefined =>
      matrix && toRows(matrix).map((row) => row.slice(0, end));
    const positions = trainedPositions(labels, { from, to: end });
    if (positions.targets.length === 0) {
      throw new ResidencyError("E_DATASET", "Cannot take a loss: every label of the batch is -100");
    }
    const masked = { attentionMask: cut(input.attentionMask), positionIds: cut(input.positionIds) };
    const hidden = this.#hiddenOf({ inputIds: cut(input.inputIds)!, ...masked }, { from });
    return { hidden: takeTrainedRows(hidden, positions), positions, length: end - from };
  }

  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss {
    let tokens = 0;
    const { predictionFigures = false } = input;
    const loss = tokenLossOf(input);
    const result = inScope((): Omit<SummedLoss, "tokens"> => {
      const { hidden, positions } = this.#predicting(input);
      const { targets } = positions;
      tokens = targets.length;
      return predictionFigures
        ? headLossWithFigures(this.#head, hidden, { targets, loss })
        : { sum: headLossSum(this.#head, hidden, { targets, loss }) };
    });
    return { ...result, tokens };
  }

  labelLogProbs(input: CausalLMInput & { labels: TokenMatrix }): LabelLogProbs {
    let rows: number[] = [];
    const result = inScope((): Omit<LabelLogProbs, "rows"> => {
      const { hidden, positions, length } = this.#predicting(input);
      const { targets } = positions;
      rows = positions.rows.map((position) => Math.floor(position / length));
      return { logProbs: headLogProbs(this.#head, hidden, targets) };
    });
    return { ...result, rows };
  }

  nextLogits({ inputIds, positionIds, attentionMask, cache }: DecodeInput): tf.Tensor2D {
    // Generation is no part of a gradient, so one that is open here was cut off by an interrupt.
    endInterruptedGradient();
    return tf.tidy(() => {
      const from = (inputIds[0]?.length ?? 1) - 1;
      const hidden = this.#hidden(inputIds, { attentionMask, positionIds, cache, from });
      return headLogits(this.#head, tf.reshape(hidden, [inputIds.length, -1])) as tf.Tensor2D;
    });
  }

  get generate(): GenerateMethod {
    return generateWith(this);
  }

  /** Writes config.json and model.safetensors, as `savePretrainedModel` does; float32 when no type is asked for. */
  savePretrained(folder: string, options: { dtype?: FloatType } = {}): Promise<void> {
    return savePretrainedModel(this, folder, options);
  }
}

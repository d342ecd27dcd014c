/** A causal language model: a transformer and its head, with loss and generation. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import {
  generateWith,
  type CausalDecoder,
  type DecodeInput,
  type GenerationConfig,
} from "../generate/index.ts";
import {
  attentionSegments,
  inverseFrequencies,
  Linear,
  Module,
  rotaryAngles,
  type CausalLanguageModel,
  type CausalLMInput,
  type CausalLMOutput,
  type GenerateMethod,
  type KeyValueCache,
  type LinearLayer,
  type SummedLoss,
  type TokenMatrix,
} from "../nn/index.ts";
import {
  crossEntropySum,
  hasLinearCrossEntropy,
  lastTrainedPosition,
  linearCrossEntropySum,
  takeTrainedRows,
  trainedPositions,
} from "../ops/index.ts";
import type { ConfigJson } from "./config.ts";
import { LlamaModel, parseLlamaConfig, type LlamaConfig } from "./llama.ts";

const toRows = (matrix: TokenMatrix): readonly (readonly number[])[] =>
  matrix instanceof tf.Tensor ? matrix.arraySync() : matrix;

/** A Llama model with a language-modelling head. */
export class LlamaForCausalLM extends Module implements CausalLanguageModel, CausalDecoder {
  readonly model: LlamaModel;
  lm_head: LinearLayer;
  /** The defaults of `generate`, from the folder's generation_config.json. */
  generationConfig: GenerationConfig | undefined;
  readonly #config: LlamaConfig;
  readonly #configJson: ConfigJson;
  readonly #frequencies: number[];

  /** Builds the tree from a config.json; the parameters get their values from a checkpoint or an initialisation. */
  constructor(configJson: ConfigJson) {
    super();
    const config = parseLlamaConfig(configJson);
    this.#config = config;
    this.#configJson = configJson;
    this.#frequencies = inverseFrequencies({
      headDim: config.headDim,
      theta: config.ropeTheta,
      scaling: config.ropeScaling,
    });
    this.model = new LlamaModel(config);
    this.lm_head = new Linear(
      config.hiddenSize,
      config.vocabSize,
      config.tieWordEmbeddings ? { weight: this.model.embed_tokens.weight } : {},
    );
  }

  get config(): LlamaConfig {
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

  /** Hidden states `[B, T, hidden]` of checked token ids. */
  #hidden(
    ids: readonly (readonly number[])[],
    { attentionMask, positionIds, cache }: HiddenOptions,
  ): tf.Tensor3D {
    const length = this.#checkIds(ids);
    const past = cache?.length ?? 0;
    const counted = [Array.from({ length }, (_, t) => past + t)];
    return this.model.forward(tf.tensor2d(Int32Array.from(ids.flat()), [ids.length, length], "int32"), {
      angles: rotaryAngles(positionIds ?? counted, this.#frequencies),
      segments: attentionSegments(past + length, attentionMask),
      cache,
    });
  }

  #checkIds(ids: readonly (readonly number[])[]): number {
    const length = ids[0]?.length ?? 0;
    if (length === 0 || ids.some((row) => row.length !== length)) {
      throw new ResidencyError(
        "E_SHAPE",
        "Cannot run the model: inputIds must be rows of one length of at least 1",
      );
    }
    for (const row of ids) {
      const outside = row.find((id) => !Number.isInteger(id) || id < 0 || id >= this.#config.vocabSize);
      if (outside !== undefined) {
        throw new ResidencyError(
          "E_SHAPE",
          `Cannot run the model on token ${outside}: its vocabulary has the tokens 0 to ${this.#config.vocabSize - 1}`,
        );
      }
    }
    return length;
  }

  #hiddenOf({ inputIds, attentionMask, positionIds }: CausalLMInput): tf.Tensor3D {
    return this.#hidden(toRows(inputIds), {
      attentionMask: attentionMask && toRows(attentionMask),
      positionIds: positionIds && toRows(positionIds),
    });
  }

  forward(input: CausalLMInput): CausalLMOutput {
    const labels = input.labels && trainedPositions(toRows(input.labels));
    const [logits, loss] = tf.tidy(() => {
      const all = this.lm_head.forward(this.#hiddenOf(input)) as tf.Tensor3D;
      if (!labels) return [all];
      const sum = crossEntropySum(takeTrainedRows(all, labels), labels.targets);
      return [all, tf.div(sum, labels.targets.length)];
    }) as [tf.Tensor3D, tf.Scalar?];
    return loss ? { logits, loss } : { logits };
  }

  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss {
    const labels = toRows(input.labels);
    // No token sees those behind it, so what stands behind the last trained position need not be computed.
    const length = 1 + lastTrainedPosition(labels);
    const cut = (matrix: TokenMatrix | undefined): number[][] | undefined =>
      matrix && toRows(matrix).map((row) => row.slice(0, length));
    const positions = trainedPositions(labels, length);
    const tokens = positions.targets.length;
    if (tokens === 0) {
      throw new ResidencyError("E_DATASET", "Cannot take a loss: every label of the batch is -100");
    }
    const sum = tf.tidy(() => {
      const hidden = this.#hiddenOf({
        inputIds: cut(input.inputIds)!,
        attentionMask: cut(input.attentionMask),
        positionIds: cut(input.positionIds),
      });
      const trained = takeTrainedRows(hidden, positions); // [N, hidden]
      const head = this.lm_head;
      if (hasLinearCrossEntropy() && head instanceof Linear && !head.bias) {
        return linearCrossEntropySum(trained, head.weight.packed ?? (head.weight.value as tf.Tensor2D), {
          targets: positions.targets,
          trainsWeight: head.weight.requiresGrad,
        });
      }
      return crossEntropySum(head.forward(trained) as tf.Tensor2D, positions.targets);
    });
    return { sum, tokens };
  }

  nextLogits({ inputIds, positionIds, attentionMask, cache }: DecodeInput): tf.Tensor2D {
    return tf.tidy(() => {
      const hidden = this.#hidden(inputIds, { attentionMask, positionIds, cache });
      const [batch, length, width] = hidden.shape;
      const end = length === 1 ? hidden : tf.slice(hidden, [0, length - 1, 0], [batch, 1, width]);
      const last = tf.reshape(end, [batch, width]);
      return this.lm_head.forward(last) as tf.Tensor2D;
    });
  }

  get generate(): GenerateMethod {
    return generateWith(this);
  }
}

/** How hidden states are computed. */
interface HiddenOptions {
  attentionMask?: readonly (readonly number[])[] | undefined;
  positionIds?: readonly (readonly number[])[] | undefined;
  cache?: KeyValueCache | undefined;
}

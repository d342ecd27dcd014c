/** What every causal language model offers, whatever its family and whether an adapter wraps it. */
import type * as tf from "@tensorflow/tfjs-core";
import type { PredictionFigures } from "../ops/index.ts";
import type { GenerateMethod } from "./generate-options.ts";
import type { Module } from "./module.ts";

/** Token numbers, `[B, T]`: nested lists or an int32 tensor. */
export type TokenMatrix = readonly (readonly number[])[] | tf.Tensor2D;

/** The arguments of a forward pass. */
export interface CausalLMInput {
  inputIds: TokenMatrix;
  /** 1 for a real token, 0 for padding. */
  attentionMask?: TokenMatrix | undefined;
  /**
   * The position of each token in its text; 0, 1, 2, … when left out. Without an attention mask, positions that start
   * anew within a row mean several texts packed into it, which do not see each other.
   */
  positionIds?: TokenMatrix | undefined;
  /** The tokens themselves, -100 where no loss is taken; they are shifted inside. */
  labels?: TokenMatrix | undefined;
  /** What the loss is divided by instead of the labels that are not -100, such as those of all accumulated batches. */
  numItemsInBatch?: number | undefined;
  /** Above 0: the loss is `(1 - s) · loss + s · mean over the vocabulary of -log p`, as transformers smooths labels. */
  labelSmoothing?: number | undefined;
  /** "dft": each label's loss counts as much as its probability, as with TRL's loss_type "dft"; "nll" when left out. Not with `labelSmoothing`. */
  lossType?: "nll" | "dft" | undefined;
  /** Whether `summedLoss` tells how right and how sure the predictions are. */
  predictionFigures?: boolean | undefined;
  /** Whether the result holds the hidden states. */
  outputHiddenStates?: boolean | undefined;
}

/** The result of a forward pass. */
export interface CausalLMOutput {
  /** `[B, T, V]` */
  logits: tf.Tensor3D;
  /** Mean over the labels that are not -100, in nats; only when labels were given. */
  loss?: tf.Scalar;
  /** `[B, T, hidden]`: the embedding, then the output of each layer, the last one behind the final norm; on request. */
  hiddenStates?: tf.Tensor3D[];
}

/** The summed loss of a batch and the number of tokens that it sums over. */
export interface SummedLoss {
  sum: tf.Scalar;
  tokens: number;
  /** On request. */
  figures?: PredictionFigures;
}

/** The log-probabilities of the labels of a batch. */
export interface LabelLogProbs {
  /** log p(label), `[N]` in nats, of each label that is not -100, row after row. */
  logProbs: tf.Tensor1D;
  /** The row of the batch that each of them belongs to. */
  rows: readonly number[];
}

/** A causal language model. */
export interface CausalLanguageModel {
  /** The module tree, for parameters and adapters. */
  readonly root: Module;
  /** The tokens that end a text. */
  readonly eosTokenIds: readonly number[];
  /**
   * Whether the first label of each row counts among those that a step's loss is divided by, although nothing predicts it: so
   * transformers 5.18 counts them of GPT2LMHeadModel, whose loss it does not know to shift labels.
   */
  readonly countsFirstLabel?: boolean;
  /** The folder or the id of the hub that the model was loaded from; empty for one that was made of a config. */
  readonly nameOrPath?: string;
  /** Logits of every position, and the loss of the labels. The caller disposes of both. */
  forward(input: CausalLMInput & { labels: TokenMatrix }): CausalLMOutput & { loss: tf.Scalar };
  /** Logits of every position, and the loss when labels are given. The caller disposes of both. */
  forward(input: CausalLMInput): CausalLMOutput;
  /** The summed loss alone, without logits for positions that are not trained on. */
  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss;
  /** The log-probability of each label, without logits for positions that have none; losses on whole answers need them. */
  labelLogProbs(input: CausalLMInput & { labels: TokenMatrix }): LabelLogProbs;
  /** Continues each prompt; returns prompts and continuations, padded as transformers does. */
  readonly generate: GenerateMethod;
  /** Writes the model, or its adapter alone, as a folder of Hugging Face's form; models that cannot be saved have none. */
  savePretrained?(folder: string): Promise<void>;
}

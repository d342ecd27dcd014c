/** What every causal language model offers, whatever its family and whether an adapter wraps it. */
import type * as tf from "@tensorflow/tfjs-core";
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
}

/** How a model continues its prompts; names and defaults are those of transformers. */
export interface GenerateOptions {
  /** 1 for a real token, 0 for padding on the left; all ones when left out. */
  attentionMask?: readonly (readonly number[])[];
  /** The most tokens to add to each prompt; 20 when left out. */
  maxNewTokens?: number;
  /** Whether to draw from the distribution; the most probable token is taken when false (the default). */
  doSample?: boolean;
  /** Divides the logits before sampling; above 0. Only with doSample. */
  temperature?: number;
  /** Samples among the k most probable tokens; 0 means all. Only with doSample. */
  topK?: number;
  /** Samples among the fewest tokens whose probabilities add up to this. Only with doSample. */
  topP?: number;
  /** The tokens that end a text; the model's own when left out. */
  eosTokenId?: number | readonly number[];
  /** What rows that have ended are filled with; the first eos token when left out. */
  padTokenId?: number;
  /** The seed of sampling; 0 when left out. */
  seed?: number;
  /** Called with the new token of each row after each step. */
  onToken?: (tokens: readonly number[]) => void;
  /** Stops generation between two tokens; what was generated so far is returned. */
  signal?: AbortSignal;
}

/** A causal language model. */
export interface CausalLanguageModel {
  /** The module tree, for parameters and adapters. */
  readonly root: Module;
  /** The tokens that end a text. */
  readonly eosTokenIds: readonly number[];
  /** Logits of every position, and the loss when labels are given. The caller disposes of both. */
  forward(input: CausalLMInput): CausalLMOutput;
  /** The summed loss alone, without logits for positions that are not trained on. */
  summedLoss(input: CausalLMInput & { labels: TokenMatrix }): SummedLoss;
  /** Continues each prompt; returns prompts and continuations, padded as transformers does. */
  generate(inputIds: readonly (readonly number[])[], options?: GenerateOptions): Promise<number[][]>;
}

/** What every causal language model offers, whatever its family and whether an adapter wraps it. */
import type * as tf from "@tensorflow/tfjs-core";
import type { GenerateMethod } from "./generate-options.ts";
import type { Module } from "./module.ts";

/** Token numbers, `[B, T]`: nested lists or an int32 tensor. */
export type TokenMatrix = readonly (readonly number[])[] | tf.Tensor2D;

/** The arguments of a forward pass. */
export interface CausalLMInput {
  inputIds: TokenMatrix;
  /** 1 for a real token, 0 for padding. */
  attentionMask?: TokenMatrix | undefined;
  /** Positions for the rotary embedding; 0, 1, 2, … when left out. */
  positionIds?: TokenMatrix | undefined;
  /** The tokens themselves, -100 where no loss is taken; they are shifted inside. */
  labels?: TokenMatrix | undefined;
}

/** The result of a forward pass. */
export interface CausalLMOutput {
  /** `[B, T, V]` */
  logits: tf.Tensor3D;
  /** Mean over the labels that are not -100, in nats; only when labels were given. */
  loss?: tf.Scalar;
}

/** The summed loss of a batch and the number of tokens that it sums over. */
export interface SummedLoss {
  sum: tf.Scalar;
  tokens: number;
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
  readonly generate: GenerateMethod;
}

/** What generation needs of a model: the logits of the next token, given a cache. */
import type * as tf from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "../nn/index.ts";

/** New tokens to read after those in the cache; all `[B, T]`, the mask over cache and new tokens `[B, S + T]`. */
export interface DecodeInput {
  inputIds: readonly (readonly number[])[];
  positionIds: readonly (readonly number[])[];
  attentionMask: readonly (readonly number[])[];
  cache: KeyValueCache;
}

/** A model that can be asked for the next token. */
export interface CausalDecoder {
  readonly eosTokenIds: readonly number[];
  /** Logits of the token after the last new one, `[B, V]`; the cache grows by T. */
  nextLogits(input: DecodeInput): tf.Tensor2D;
}

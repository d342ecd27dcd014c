/** What generation needs of a model: the logits of the next token, given a cache. */
import type * as tf from "@tensorflow/tfjs-core";
import type { GenerationSettings, KeyValueCache } from "../nn/index.ts";

/** New tokens to read after those in the cache; all `[B, T]`, the mask over cache and new tokens `[B, S + T]`. */
export interface DecodeInput {
  inputIds: readonly (readonly number[])[];
  positionIds: readonly (readonly number[])[];
  /** Left out where no token is padding. */
  attentionMask?: readonly (readonly number[])[] | undefined;
  cache: KeyValueCache;
}

/** A model that can be asked for the next token. */
export interface CausalDecoder {
  readonly eosTokenIds: readonly number[];
  /** The model's own settings, from its generation_config.json; those of a call take precedence. */
  readonly generationConfig?: GenerationSettings | undefined;
  /** Logits of the token after the last new one, `[B, V]`; the cache grows by T. */
  nextLogits(input: DecodeInput): tf.Tensor2D;
}

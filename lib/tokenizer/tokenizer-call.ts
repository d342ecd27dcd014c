/** The types of a tokenizer's call. */
import type { BatchEncoding, CallOptions, Encoding, TextInput } from "./encoding.ts";

/** Options without any that there is not, so that a misspelt one does not compile. */
type Exact<O> = O & Readonly<Record<Exclude<keyof O, keyof CallOptions | "textPair">, never>>;

/** The second text of a pair, or the second texts of a batch of pairs. */
export interface PairOption<P> {
  textPair?: P;
}

/**
 * Encodes a text, or a batch of texts or pairs.
 *
 * @example
 * tokenizer("Dx: CAP", { returnOffsetsMapping: true }).offsetMapping[0]; // [0, 1]
 * tokenizer(["CAP", "COPD"], { padding: true }).inputIds.length; // 2
 */
export interface TokenizerCall {
  <const O extends CallOptions & { returnOverflowingTokens: true }>(
    text: string,
    options: Exact<O> & PairOption<string>,
  ): BatchEncoding<O>;
  <const O extends CallOptions = object>(text: string, options?: Exact<O> & PairOption<string>): Encoding<O>;
  <const O extends CallOptions = object>(
    texts: readonly TextInput[],
    options?: Exact<O> & PairOption<readonly string[]>,
  ): BatchEncoding<O>;
}

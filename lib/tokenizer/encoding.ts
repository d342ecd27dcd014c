/** What a call of a tokenizer takes and gives back; names and meanings are those of transformers' tokenizer call. */
import type { PaddingOptions } from "./batch.ts";
import type { Span } from "./offsets/spelling.ts";
import type { TruncationOptions } from "./truncation.ts";

/** How a text is encoded. */
export interface EncodeOptions {
  /** Add the tokens that the model's template puts around a text, such as a leading BOS (default: true). */
  addSpecialTokens?: boolean;
  /** Let text such as "<|endoftext|>" become that special token (default: false, since user text is not trusted). */
  allowSpecial?: boolean;
}

/** How ids are decoded. */
export interface DecodeOptions {
  /** Leave special tokens out of the text (default: false). */
  skipSpecialTokens?: boolean;
  /** Take away the space before punctuation, as old tokenizers need it (default: what the files say, but false for BPE). */
  cleanUpTokenizationSpaces?: boolean;
}

/** How a batch is shaped. */
export type BatchOptions = PaddingOptions & TruncationOptions;

/** What else is told of each token. */
export interface ReturnOptions {
  /** Tell which part of its text each token comes from, in UTF-16 units: `text.slice(start, end)` (default: false). */
  returnOffsetsMapping?: boolean;
  /** Tell which tokens were put there by the template or the padding (default: false). */
  returnSpecialTokensMask?: boolean;
  /** Give the ids by which a model tells the texts of a pair apart (default: as the model's files say, else false). */
  returnTokenTypeIds?: boolean;
  /** Tell which text of a pair each token is of, 0 or 1, and null for tokens of the template and the padding (default: false). */
  returnSequenceIds?: boolean;
  /** Give what is cut off as further rows (default: false). */
  returnOverflowingTokens?: boolean;
  /** Tell how long each row is before padding (default: false). */
  returnLength?: boolean;
}

/** Options of a tokenizer call. */
export interface CallOptions extends EncodeOptions, PaddingOptions, TruncationOptions, ReturnOptions {}

/** A text, or a pair of texts such as a question and its context. */
export type TextInput = string | readonly [first: string, second: string];

type When<O, Key extends keyof ReturnOptions, Field> = O extends { readonly [K in Key]: true }
  ? Field
  : unknown;

/** One row: token ids `[T]`, a mask that is 1 at tokens and 0 at padding, and what else was asked for. */
export type Encoding<O = object> = {
  inputIds: number[];
  attentionMask: number[];
  tokenTypeIds?: number[];
} & When<O, "returnOffsetsMapping", { offsetMapping: Span[] }> &
  When<O, "returnSpecialTokensMask", { specialTokensMask: number[] }> &
  When<O, "returnTokenTypeIds", { tokenTypeIds: number[] }> &
  When<O, "returnSequenceIds", { sequenceIds: (0 | 1 | null)[] }> &
  When<O, "returnLength", { length: number }>;

/** Rows `[B, T]`, with what else was asked for; rows of one batch may differ in length where nothing pads them. */
export type BatchEncoding<O = object> = {
  inputIds: number[][];
  attentionMask: number[][];
  tokenTypeIds?: number[][];
} & When<O, "returnOffsetsMapping", { offsetMapping: Span[][] }> &
  When<O, "returnSpecialTokensMask", { specialTokensMask: number[][] }> &
  When<O, "returnTokenTypeIds", { tokenTypeIds: number[][] }> &
  When<O, "returnSequenceIds", { sequenceIds: (0 | 1 | null)[][] }> &
  When<O, "returnLength", { length: number[] }> &
  When<O, "returnOverflowingTokens", { overflowToSampleMapping: number[] }>;

/** The rows of one or several texts before they are padded. */
export interface EncodedRow {
  inputIds: number[];
  attentionMask: number[];
  tokenTypeIds?: number[];
  specialTokensMask?: number[];
  offsetMapping?: Span[];
  sequenceIds?: (0 | 1 | null)[];
  length?: number;
  /** The number of the text that the row is of. */
  sample: number;
}

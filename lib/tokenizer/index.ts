/** Tokenizers in Hugging Face's format, and a trainer for byte-level BPE. */
export type { BatchEncoding, BatchOptions } from "./batch.ts";
export type { DecodeStream } from "./decode-stream.ts";
export { AutoTokenizer } from "./node.ts";
export { PreTrainedTokenizer, Tokenizer, type DecodeOptions, type EncodeOptions } from "./pretrained.ts";
export { trainBpe, type TrainBpeOptions } from "./train-bpe.ts";
export type { AddedTokenJson, BpeModelJson, TokenizerJson } from "./tokenizer-json.ts";

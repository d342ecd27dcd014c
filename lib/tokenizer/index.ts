/** Tokenizers in Hugging Face's format, and a trainer for byte-level BPE. */
export { trainBpe, type TrainBpeOptions } from "./train-bpe.ts";
export type { AddedTokenJson, BpeModelJson, TokenizerJson } from "./tokenizer-json.ts";

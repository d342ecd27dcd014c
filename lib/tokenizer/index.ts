/** Tokenizers in Hugging Face's format, chat templates, and a trainer for byte-level BPE. */
export { AutoTokenizer } from "./auto-tokenizer.ts";
export type { PaddableRow, PaddingOptions } from "./batch.ts";
export type {
  BatchChatEncoding,
  ChatContentPart,
  ChatEncoding,
  ChatMessage,
  ChatTemplateOptions,
  Conversation,
} from "./chat/conversation.ts";
export type { DecodeStream } from "./decode-stream.ts";
export type {
  BatchEncoding,
  BatchOptions,
  CallOptions,
  DecodeOptions,
  EncodeOptions,
  Encoding,
  TextInput,
} from "./encoding.ts";
export type { NewToken } from "./new-tokens.ts";
export type { Span } from "./offsets/spelling.ts";
export type { Side, SpecialTokenName } from "./parse-config.ts";
export { PreTrainedTokenizer, Tokenizer } from "./pretrained.ts";
export type { NewSpecialTokens } from "./token-vocabulary.ts";
export { trainBpe, type TrainBpeOptions } from "./train-bpe.ts";
export type { AddedTokenJson, BpeModelJson, TokenizerJson } from "./tokenizer-json.ts";
export type { TruncationOptions, TruncationStrategy } from "./truncation.ts";

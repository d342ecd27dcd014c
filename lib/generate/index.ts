/** Text generation. */
export type { CausalDecoder, DecodeInput } from "./decoder.ts";
export { generateWith } from "./generate.ts";
export { GenerationConfig } from "./generation-config.ts";
export { logitsProcessors, type ProcessorContext } from "./logits-processors.ts";
export * from "./processors/index.ts";
export { argmax, sampleToken } from "./sampling.ts";
export { stopStringTest } from "./stopping.ts";
export { generateText, type GenerateTextOptions, type TextTokenizer } from "./text.ts";
export { streamText, TextStreamer, type StreamTextOptions, type TextStreamerOptions } from "./text-stream.ts";
export {
  streamTokens,
  type StreamedToken,
  type StreamEnd,
  type StreamingTokenizer,
  type StreamTokensOptions,
} from "./token-stream.ts";

/** Text generation. */
export type { CausalDecoder, DecodeInput } from "./decoder.ts";
export { generate } from "./generate.ts";
export {
  argmax,
  checkSampling,
  chooseToken,
  samplingDistribution,
  type SamplingOptions,
} from "./sampling.ts";
export { generateText, type GenerateTextOptions, type TextTokenizer } from "./text.ts";

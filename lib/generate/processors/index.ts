/** Processors of the next token's scores. */
export {
  forcedTokensProcessor,
  infNanRemoveProcessor,
  minLengthProcessor,
  noBadWordsProcessor,
  sequenceBiasProcessor,
  suppressTokensAtBeginProcessor,
  suppressTokensProcessor,
  type SequenceBias,
} from "./constraints.ts";
export {
  exponentialDecayLengthProcessor,
  noRepeatNGramProcessor,
  repetitionPenaltyProcessor,
} from "./penalties.ts";
export { kthLargest, largestIndices } from "./selection.ts";
export { largestScore, logSoftmax, softmax } from "./softmax.ts";
export {
  epsilonWarper,
  etaWarper,
  minPWarper,
  temperatureWarper,
  topKWarper,
  topPWarper,
  typicalWarper,
  type WarperOptions,
} from "./warpers.ts";

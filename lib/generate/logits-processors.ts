/** The list of processors that settings ask for, in the order in which transformers applies them. */
import type { GenerationSettings, LogitsProcessor } from "../nn/index.ts";
import {
  epsilonWarper,
  etaWarper,
  exponentialDecayLengthProcessor,
  forcedTokensProcessor,
  infNanRemoveProcessor,
  logSoftmax,
  minLengthProcessor,
  minPWarper,
  noBadWordsProcessor,
  noRepeatNGramProcessor,
  repetitionPenaltyProcessor,
  sequenceBiasProcessor,
  suppressTokensAtBeginProcessor,
  suppressTokensProcessor,
  temperatureWarper,
  topKWarper,
  topPWarper,
  typicalWarper,
} from "./processors/index.ts";

/** What processors need to know of a run. */
export interface ProcessorContext {
  promptLength: number;
  /** Of prompt and continuation. */
  maxLength: number;
  eosTokenIds: readonly number[];
  /** The caller's own processors. */
  custom: readonly LogitsProcessor[];
}

/** Penalties, bans and forced tokens: they hold for greedy, sampling and beams alike. */
function constraints(
  settings: GenerationSettings,
  { promptLength, maxLength, eosTokenIds }: ProcessorContext,
): LogitsProcessor[] {
  const {
    sequenceBias = [],
    repetitionPenalty = 1,
    noRepeatNgramSize = 0,
    badWordsIds = [],
    minLength = 0,
    minNewTokens = 0,
    forcedBosTokenId,
    forcedEosTokenId,
    removeInvalidValues,
    exponentialDecayLengthPenalty,
    suppressTokens = [],
    beginSuppressTokens = [],
  } = settings;
  const list: LogitsProcessor[] = [];
  if (sequenceBias.length > 0) list.push(sequenceBiasProcessor(sequenceBias));
  if (repetitionPenalty !== 1) list.push(repetitionPenaltyProcessor(repetitionPenalty));
  if (noRepeatNgramSize > 0) list.push(noRepeatNGramProcessor(noRepeatNgramSize));
  if (badWordsIds.length > 0) list.push(noBadWordsProcessor(badWordsIds, eosTokenIds));
  if (minLength > 0) list.push(minLengthProcessor(minLength, eosTokenIds));
  if (minNewTokens > 0) list.push(minLengthProcessor(promptLength + minNewTokens, eosTokenIds));
  if (forcedBosTokenId !== undefined) list.push(forcedTokensProcessor(1, [forcedBosTokenId]));
  if (forcedEosTokenId !== undefined) {
    const forced = typeof forcedEosTokenId === "number" ? [forcedEosTokenId] : forcedEosTokenId;
    list.push(forcedTokensProcessor(maxLength - 1, forced));
  }
  if (removeInvalidValues) list.push(infNanRemoveProcessor);
  if (exponentialDecayLengthPenalty) {
    list.push(exponentialDecayLengthProcessor(exponentialDecayLengthPenalty, { promptLength, eosTokenIds }));
  }
  if (suppressTokens.length > 0) list.push(suppressTokensProcessor(suppressTokens));
  if (beginSuppressTokens.length > 0) {
    const begin = promptLength > 1 || forcedBosTokenId === undefined ? promptLength : promptLength + 1;
    list.push(suppressTokensAtBeginProcessor(beginSuppressTokens, begin));
  }
  return list;
}

/** Temperature and what drops improbable tokens: only for sampling. */
function warpers(settings: GenerationSettings, eosTokenIds: readonly number[]): LogitsProcessor[] {
  const { temperature = 1, topK = 50, topP = 1, minP, typicalP = 1 } = settings;
  const { epsilonCutoff = 0, etaCutoff = 0, numBeams = 1 } = settings;
  // Beams need a token to go on with beside every one that ends the text.
  const keep = { minTokensToKeep: numBeams > 1 ? Math.max(2, eosTokenIds.length + 1) : 1 };
  const list: LogitsProcessor[] = [];
  if (temperature !== 1) list.push(temperatureWarper(temperature));
  if (topK > 0) list.push(topKWarper(topK, keep));
  if (topP < 1) list.push(topPWarper(topP, keep));
  if (minP !== undefined) list.push(minPWarper(minP, keep));
  if (typicalP < 1) list.push(typicalWarper(typicalP, keep));
  if (epsilonCutoff > 0) list.push(epsilonWarper(epsilonCutoff, keep));
  if (etaCutoff > 0) list.push(etaWarper(etaCutoff, keep));
  return list;
}

/**
 * The processors of a run: sequence bias, repetition, n-grams, bad words, lengths, forced tokens, invalid values, length
 * decay, suppressed tokens, the caller's own; then, when sampling, temperature, top-k, top-p, min-p, typical, epsilon,
 * eta; at last normalisation (transformers 5.18, `_get_logits_processor`).
 *
 * @example
 * const settings = { repetitionPenalty: 1.2, doSample: true, temperature: 0.7, topK: 0 };
 * logitsProcessors(settings, { promptLength: 3, maxLength: 8, eosTokenIds: [0], custom: [] }).length; // → 2
 */
export function logitsProcessors(
  settings: GenerationSettings,
  context: ProcessorContext,
): readonly LogitsProcessor[] {
  return [
    ...constraints(settings, context),
    ...context.custom,
    ...(settings.doSample ? warpers(settings, context.eosTokenIds) : []),
    ...(settings.renormalizeLogits ? [logSoftmax] : []),
  ];
}

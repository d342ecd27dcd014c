/** Scores of models and of their answers. */
export {
  bleuFromStatistics,
  bleuStatistics,
  corpusBleu,
  sentenceBleu,
  sumBleuStatistics,
  type BleuOptions,
  type BleuReferences,
  type BleuScore,
  type BleuSmoothing,
  type BleuStatistics,
} from "./bleu.ts";
export {
  pairedBootstrap,
  type Interval,
  type PairedBootstrapOptions,
  type PairedBootstrapResult,
} from "./bootstrap.ts";
export {
  combineVerdicts,
  judgePairs,
  judgePrompts,
  parseVerdict,
  summarizeVerdicts,
  type JudgedPair,
  type JudgeOptions,
  type JudgeOutcome,
  type JudgeSummary,
  type Verdict,
} from "./judge.ts";
export { saveMetrics } from "./node.ts";
export { perplexity } from "./perplexity.ts";
export { porterStem } from "./porter-stemmer.ts";
export { meanRouge, rouge, type RougeOptions, type RougeScore, type RougeScores } from "./rouge.ts";
export { exactMatch, normalizeAnswer, tokenF1 } from "./text.ts";
export { tokenize13a } from "./tokenizer-13a.ts";

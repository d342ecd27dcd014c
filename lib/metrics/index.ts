/** Scores of models and of their answers. */
export { perplexity } from "./perplexity.ts";
export { exactMatch, normalizeAnswer, tokenF1 } from "./text.ts";
export { saveMetrics } from "./node.ts";

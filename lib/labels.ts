/** The labels of a causal language model: the token that should come at each position, or that none is asked for. */

/** The label of a position that no loss is taken at, as in PyTorch's cross-entropy. */
export const ignoreIndex = -100;

/** How many labels of a row are trained on: those behind the first that are not -100, since nothing predicts the first. */
export function countTrainedTokens(labels: readonly number[]): number {
  let count = 0;
  for (let t = 1; t < labels.length; t++) if (labels[t] !== ignoreIndex) count++;
  return count;
}

/** Softmax in float32, as PyTorch gives it: the thresholds of the processors are compared with its numbers. */

/**
 * The largest score; -Infinity when every score is that or NaN.
 *
 * @example
 * largestScore(new Float32Array([NaN, 1, 3])); // → 3
 */
export function largestScore(scores: Float32Array): number {
  let largest = -Infinity;
  for (const score of scores) if (score > largest) largest = score;
  return largest;
}

/** `log Σ exp(score)` in double precision. */
export function logSumExp(scores: Float32Array): number {
  const largest = largestScore(scores);
  if (largest === -Infinity) return -Infinity;
  let sum = 0;
  // Most scores are -Infinity once a processor has chosen, and exp is what costs.
  for (const score of scores) if (score !== -Infinity) sum += Math.exp(score - largest);
  return largest + Math.log(sum);
}

/**
 * Probabilities `[V]` of scores `[V]`.
 *
 * @example
 * softmax(new Float32Array([0, 0])); // → [0.5, 0.5]
 */
export function softmax(scores: Float32Array): Float32Array {
  const largest = largestScore(scores);
  const probabilities = new Float32Array(scores.length);
  const weights = new Float64Array(scores.length);
  let sum = 0;
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token]!;
    if (score !== -Infinity) sum += weights[token] = Math.exp(score - largest);
  }
  for (let token = 0; token < scores.length; token++) probabilities[token] = weights[token]! / sum;
  return probabilities;
}

/**
 * Makes scores log probabilities, in place (transformers' LogitNormalization).
 *
 * @example
 * const scores = new Float32Array([0, 0]);
 * logSoftmax(scores);
 * scores; // → [-0.693, -0.693]
 */
export function logSoftmax(scores: Float32Array): void {
  const total = logSumExp(scores);
  for (let token = 0; token < scores.length; token++) scores[token] = scores[token]! - total;
}

/** `-Σ p log p` of scores, in nats. */
export function entropyOf(scores: Float32Array): number {
  const total = logSumExp(scores);
  let entropy = 0;
  for (const score of scores) {
    if (score === -Infinity) continue;
    const logProbability = score - total;
    entropy -= logProbability * Math.exp(logProbability);
  }
  return entropy;
}

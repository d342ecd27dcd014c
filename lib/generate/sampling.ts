/** Chooses the next token from logits: greedy, temperature, top-k and top-p as transformers has them. */
import { ResidencyError } from "../errors.ts";
import type { SeededRandom } from "../random.ts";

/** The settings of one choice; see GenerateOptions. */
export interface SamplingOptions {
  doSample?: boolean | undefined;
  temperature?: number | undefined;
  topK?: number | undefined;
  topP?: number | undefined;
}

/**
 * Checks the settings.
 *
 * @throws ResidencyError E_CONFIG for a value outside its range, or one that would do nothing without doSample.
 */
export function checkSampling({ doSample, temperature, topK, topP }: SamplingOptions): void {
  const refuse = (what: string): never => {
    throw new ResidencyError("E_CONFIG", `Cannot generate with ${what}`);
  };
  if (!doSample && (temperature ?? topK ?? topP) !== undefined) {
    refuse(
      "temperature, topK or topP while doSample is false: set doSample: true, or leave them out for greedy",
    );
  }
  if (temperature !== undefined && !(temperature > 0 && temperature < Infinity)) {
    refuse(`temperature ${temperature}: it must be above 0; for the most probable token set doSample: false`);
  }
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 0)) {
    refuse(`topK ${topK}: it must be an integer of at least 0, where 0 keeps every token`);
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) refuse(`topP ${topP}: it must be in (0, 1]`);
}

/** The number of the largest logit; the first one of equals. */
export function argmax(logits: ArrayLike<number>): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
  return best;
}

/**
 * The distribution that is sampled from: temperature, then top-k (ties of the k-th stay), then top-p (the token that
 * crosses the threshold stays).
 *
 * @example
 * samplingDistribution([1, 1, 1, 0], { topK: 2 }); // [1/3, 1/3, 1/3, 0]
 */
export function samplingDistribution(
  logits: ArrayLike<number>,
  { temperature = 1, topK = 50, topP = 1 }: SamplingOptions,
): number[] {
  const scores = Array.from(logits, (logit) => logit / temperature);
  const order = scores.map((_, token) => token).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const kth = topK > 0 && topK < order.length ? scores[order[topK - 1]!]! : -Infinity;
  const largest = scores[order[0]!]!;
  const weights = scores.map((score) => (score < kth ? 0 : Math.exp(score - largest)));
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  if (topP < 1) {
    // Least probable first: a token goes while everything up to it adds up to no more than 1 - p.
    let below = 0;
    for (let rank = order.length - 1; rank > 0; rank--) {
      const token = order[rank]!;
      below += weights[token]! / total;
      if (below > 1 - topP) break;
      weights[token] = 0;
    }
    total = weights.reduce((sum, weight) => sum + weight, 0);
  }
  return weights.map((weight) => weight / total);
}

/** The next token of one row of logits. */
export function chooseToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  random: SeededRandom,
): number {
  if (!options.doSample) return argmax(logits);
  const probabilities = samplingDistribution(logits, options);
  let left = random.next();
  let chosen = argmax(probabilities);
  for (let token = 0; token < probabilities.length; token++) {
    left -= probabilities[token]!;
    if (left < 0) {
      chosen = token;
      break;
    }
  }
  return chosen;
}
